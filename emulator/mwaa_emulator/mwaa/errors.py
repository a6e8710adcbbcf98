"""Errors as MWAA's service model declares them."""

from __future__ import annotations

from typing import Any

#: HTTP status of each error: the model's `httpStatusCode`.
_STATUS = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ResourceNotFoundException": 404,
    "RestApiClientException": 400,
    "RestApiServerException": 400,
    "ServiceUnavailableException": 503,
    "ValidationException": 400,
}


class ServiceError(Exception):
    """An error of the service: its code is a shape of the model."""

    def __init__(self, code: str, message: str = "", **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = _STATUS.get(code, 400)
        self.members = members

    def body(self) -> dict[str, Any]:
        """The JSON members of the error, named as its shape names them."""
        if self.members:
            return dict(self.members)
        return {"Message" if self.code == "AccessDeniedException" else "message": self.message}


def invalid(message: str) -> ServiceError:
    """The request cannot be carried out as it is."""
    return ServiceError("ValidationException", message)


def not_found(message: str) -> ServiceError:
    """The environment does not exist."""
    return ServiceError("ResourceNotFoundException", message)
