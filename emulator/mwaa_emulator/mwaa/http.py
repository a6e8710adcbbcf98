"""MWAA over HTTP: from a request to an operation, and from its result to JSON, both by the service model."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from mwaa_emulator.mwaa import model, validation
from mwaa_emulator.mwaa.errors import ServiceError
from mwaa_emulator.mwaa.service import Caller, MwaaService

_WORD = re.compile(r"(?<!^)(?=[A-Z])")

#: The model asks for `https://`, the service answers the bare host name (guide, 01 section 5.3).
_KNOWN_DEVIATIONS = ("environment.webserverUrl",)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client."""

    status: int
    body: dict[str, Any]
    code: str = ""


def method_name(operation: str) -> str:
    """CreateEnvironment -> create_environment."""
    return _WORD.sub("_", operation).lower()


def handle(service: MwaaService, caller: Caller, operation: str, params: dict[str, Any]) -> Answer:
    """Check the parameters, run the operation, check the result."""
    try:
        shape = model.service_model().operation_model(operation).input_shape
        found = list(validation.faults(shape, params)) if shape is not None else []
        if found:
            raise ServiceError("ValidationException", validation.message(found))
        result = getattr(service, method_name(operation))(caller, params)
        return Answer(200, _checked(operation, result))
    except ServiceError as error:
        return Answer(error.status, error.body(), error.code)


def parse(operation: str, labels: dict[str, str], query: str, body: bytes) -> dict[str, Any]:
    """The parameters of a request."""
    try:
        document = json.loads(body) if body.strip() else {}
    except ValueError as error:
        raise ServiceError("SerializationException", f"The request body is not JSON: {error}") from error
    return model.parse(operation, labels, query, document)


def _checked(operation: str, result: dict[str, Any]) -> dict[str, Any]:
    """The rendered result; it breaking the model is a fault of the emulator, told as such."""
    rendered = model.render(operation, result)
    shape = model.service_model().operation_model(operation).output_shape
    broken = [] if shape is None else [
        fault for fault in validation.faults(shape, result) if not any(known in fault for known in _KNOWN_DEVIATIONS)
    ]  # fmt: skip
    if broken:
        raise ServiceError("InternalServerException", "the emulator's answer breaks the model: " + "; ".join(broken))
    return rendered
