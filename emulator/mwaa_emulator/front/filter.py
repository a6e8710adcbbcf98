"""Passes calls on to moto's application, through the filters of the service they concern."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from werkzeug.test import EnvironBuilder

from mwaa_emulator.protocols import error_response
from mwaa_emulator.wire import Request, Response, call_application

Pass = Callable[[Request], Response]
Filter = Callable[[Request, Pass], Response]


class MotoFront:
    """moto's application with filters before it."""

    def __init__(self, app: Any, filters: Mapping[str, Filter]) -> None:
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
        except (NotImplementedError, ImportError) as error:
            return _lacking(request, str(error))
        except Exception as error:
            if self._app.get_backend_for_host(f"{request.service}.{request.region}.amazonaws.com") is None:
                return _lacking(request, "moto does not know the service.")
            text = f"moto failed in {request.service}:{request.operation}: {type(error).__name__}: {error}"
            return error_response(request, "EmulatorFailure", text, 400)


def _lacking(request: Request, detail: str) -> Response:
    named = f"{request.service}:{request.operation or f'{request.method} {request.path}'}"
    text = f"The emulator does not implement {named}. {detail}".strip()
    return error_response(request, "NotImplementedByEmulator", text, 400)
