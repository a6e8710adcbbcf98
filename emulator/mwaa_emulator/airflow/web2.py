"""Serves the web application of Airflow 2 in one process, with sign-in by the emulator.

Run as a script by Airflow's own Python. Who is signed in comes in a header that only the emulator can send, because
it must carry the environment's web secret.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

_USER, _SECRET = "HTTP_X_EMULATOR_USER", "HTTP_X_EMULATOR_SECRET"

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


def signed_in(app: Wsgi, secret: str) -> Wsgi:
    """Set REMOTE_USER, which Airflow trusts, only for requests that know the secret."""

    def call(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ.pop("REMOTE_USER", None)
        user, given = environ.pop(_USER, None), environ.pop(_SECRET, None)
        if user and given == secret:
            environ["REMOTE_USER"] = user
        return app(environ, start_response)

    return call


def main() -> None:
    """Serve on loopback at the port given."""
    cached_app = importlib.import_module("airflow.www.app").cached_app
    run_simple = importlib.import_module("werkzeug.serving").run_simple
    app = signed_in(cached_app(), os.environ["AIRFLOW__WEBSERVER__SECRET_KEY"])
    run_simple("127.0.0.1", int(sys.argv[1]), app, threaded=True)


if __name__ == "__main__":
    main()
