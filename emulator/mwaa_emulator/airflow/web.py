"""The HTTP side of one environment's Airflow: its health, its REST API and signing in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from mwaa_emulator.airflow.settings import JWT_AUDIENCE, Home, Secrets
from mwaa_emulator.runtime import AirflowUnreachableError, Json, SessionCookie

_SESSION_SECONDS = 12 * 3600  # as long as MWAA's web sessions last
_RENEW_SECONDS = 3600
_TIMEOUT_SECONDS = 30.0
_API_IDENTITY = "mwaa-rest-api"


class WebServer:
    """Airflow's web server at a loopback port."""

    def __init__(self, major: int, port: int, keys: Secrets, home: Home) -> None:
        self.base_url = f"http://127.0.0.1:{port}"
        self._major = major
        self._keys = keys
        self._home = home
        self._lock = threading.Lock()
        self._cookie: tuple[float, SessionCookie] | None = None
        self._client = httpx.Client(base_url=self.base_url, timeout=_TIMEOUT_SECONDS, trust_env=False)

    def healthy(self, beating: Collection[str], since: datetime) -> bool:
        """Whether the web server answers and each of these parts had a heartbeat after `since`."""
        try:
            health = self._client.get("/health" if self._major == 2 else "/api/v2/monitor/health").json()
        except (httpx.HTTPError, ValueError):
            return False
        return _well(health, "metadatabase") and all(_well(health, part, since) for part in beating)

    def call(self, method: str, path: str, query: Mapping[str, Any] | None, body: Json) -> tuple[int, Json]:
        """One REST call at a path below `/api/v1` or `/api/v2`: the status and the JSON, or the text if it is none."""
        cookie = self._api_cookie()
        try:
            answer = self._client.request(
                method,
                f"/api/v{self._major - 1}/{path.lstrip('/')}",
                params={name: value for name, value in (query or {}).items() if value is not None},
                json=body,
                headers=_cookie_header(cookie),
            )
        except httpx.HTTPError as error:
            raise AirflowUnreachableError(f"Airflow does not answer: {error}") from error
        if not answer.content:
            return answer.status_code, None
        text = self._home.as_on_mwaa(answer.text)
        try:
            return answer.status_code, json.loads(text)
        except ValueError:
            return answer.status_code, text

    def login(self, identity: str) -> SessionCookie:
        """Sign an identity in, as an administrator."""
        if self._major == 3:
            return SessionCookie("_token", _token(self._keys.web, identity))
        headers = {"X-Emulator-User": identity, "X-Emulator-Secret": self._keys.web}
        try:
            answer = self._client.get("/login/", headers=headers, follow_redirects=False)
        except httpx.HTTPError as error:
            raise AirflowUnreachableError(f"Airflow does not answer: {error}") from error
        finally:
            session = self._client.cookies.get("session")
            self._client.cookies.clear()
        if session is None or answer.status_code != httpx.codes.FOUND:
            raise AirflowUnreachableError(f"Airflow did not sign in {identity}: {answer.status_code}")
        return SessionCookie("session", session)

    def close(self) -> None:
        """Drop the connections."""
        self._client.close()

    def _api_cookie(self) -> SessionCookie:
        with self._lock:
            if self._cookie is None or self._cookie[0] < time.monotonic():
                self._cookie = (time.monotonic() + _RENEW_SECONDS, self.login(_API_IDENTITY))
            return self._cookie[1]


def _cookie_header(cookie: SessionCookie) -> dict[str, str]:
    return {"Cookie": f"{cookie.name}={cookie.value}"}


def _well(health: Json, part: str, since: datetime | None = None) -> bool:
    state = health.get(part) if isinstance(health, dict) else None
    if not isinstance(state, dict) or state.get("status") != "healthy":
        return False
    if since is None:
        return True
    # A heartbeat of the processes before a restart says nothing about these.
    heartbeat = state.get(f"latest_{part}_heartbeat")
    return heartbeat is not None and datetime.fromisoformat(heartbeat) >= since


def _token(secret: str, identity: str) -> str:
    """What Airflow 3 itself would issue for this identity: its own claims, signed with its own key."""
    now = int(datetime.now(UTC).timestamp())
    header = {"alg": "HS512", "kid": "not-used", "typ": "JWT"}
    claims = {
        "sub": identity,
        "role": "ADMIN",
        "teams": None,
        "jti": secrets.token_hex(16),
        "aud": JWT_AUDIENCE,
        "nbf": now,
        "iat": now,
        "exp": now + _SESSION_SECONDS,
    }
    signed = b".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    signature = hmac.new(secret.encode(), signed, hashlib.sha512).digest()
    return (signed + b"." + _base64url(signature)).decode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
