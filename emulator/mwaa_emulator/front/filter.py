"""Passes calls on to moto's application, through the filters of the service they concern."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.test import EnvironBuilder

from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response, call_application

Pass = Callable[[Request], Response]
Filter = Callable[[Request, Pass], Response]


class MotoFront:
    """moto's application with filters before it."""

    def __init__(self, app: Any, filters: dict[str, Filter]) -> None:
        self._app = app
        self._filters = filters

    def handle(self, request: Request) -> Response:
        """Carry out one call."""
        filtered = self._filters.get(request.service)
        return filtered(request, self.pass_on) if filtered else self.pass_on(request)

    def reset(self) -> None:
        """Empty every account in moto."""
        call_application(self._app, EnvironBuilder(path="/moto-api/reset", method="POST").get_environ())

    def pass_on(self, request: Request) -> Response:
        """What moto answers; what it lacks becomes a clear error that no client retries."""
        try:
            return call_application(self._app, request.with_body(request.body))
        except (NotImplementedError, ImportError, KeyError) as error:
            if isinstance(error, KeyError) and not _unknown_service(error, request):
                return _broken(request, error)
            named = f"{request.service}:{request.operation}" if request.operation else request.service
            return error_response(
                request, "NotImplementedByEmulator", f"The emulator does not implement {named}. {error}".strip(), 400
            )
        except Exception as error:
            return _broken(request, error)


def _unknown_service(error: KeyError, request: Request) -> bool:
    return bool(error.args) and error.args[0] in (request.service, None)


def _broken(request: Request, error: Exception) -> Response:
    text = f"moto failed in {request.service}:{request.operation}: {type(error).__name__}: {error}"
    return error_response(request, "EmulatorFailure", text, 400)
