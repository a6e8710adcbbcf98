"""How a registry lets one in: what a docker config says for its host, and the tokens that are given for that."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import Origin
from .web import Web

DOCKER_CONFIG = ".dockerconfigjson"
DOCKER_HUB = "registry-1.docker.io"
HUB_NAMES = ("https://index.docker.io/v1/", "index.docker.io", "docker.io")
PARAMETER = re.compile(r'(\w+)="([^"]*)"')
ANSWER = 1024 * 1024


def credentials(secret: Mapping[str, bytes], host: str, origin: Origin) -> str:
    """Give `user:password` for a host; empty where the Secret has none for it.

    Raises:
        OutsideError: the Secret cannot be read.
    """
    if "password" in secret:
        user = secret.get("username", b"").decode(errors="replace").strip()
        return f"{user}:{secret['password'].decode(errors='replace').strip()}"
    if DOCKER_CONFIG not in secret:
        return ""
    try:
        known: Any = json.loads(secret[DOCKER_CONFIG])["auths"]
        for name in (host, f"https://{host}", *(HUB_NAMES if host == DOCKER_HUB else ())):
            if name in known or f"{name}/" in known:
                return _of_entry(known[name] if name in known else known[f"{name}/"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error) as error:
        text = f"{origin.where}: `{DOCKER_CONFIG}` in the Secret {origin.secret} is no docker config. Make it anew with "
        text += "`kubectl create secret docker-registry`."
        raise OutsideError(Problem(Trouble.REFUSED, "SourceAuthFailed", text)) from error
    return ""


def _of_entry(entry: Mapping[str, str]) -> str:
    if entry.get("auth"):
        return base64.b64decode(entry["auth"]).decode()
    return f"{entry['username']}:{entry['password']}"


def authorization(challenge: str, known: str, web: Web, origin: Origin) -> str:
    """Give the header that a registry asks for.

    Args:
        challenge: its `WWW-Authenticate`.
        known: `user:password`, or empty.
        web: for the token.
        origin: for messages.

    Raises:
        OutsideError: nobody gives a token, or it asks for something else.
    """
    kind, _, rest = challenge.partition(" ")
    basic = "Basic " + base64.b64encode(known.encode()).decode() if known else ""
    if kind.lower() == "basic" and basic:
        return basic
    said = dict(PARAMETER.findall(rest))
    if kind.lower() != "bearer" or not said.get("realm"):
        there = f"the Secret {origin.secret} has none for this host" if origin.secret else "secretRef names no Secret"
        text = f"{origin.where}: {origin.url} asks for credentials, and {there}. Give them there."
        raise OutsideError(Problem(Trouble.DENIED, "SourceAuthFailed", text))
    asked = urlencode({name: said[name] for name in ("service", "scope") if name in said})
    url = f"{said['realm']}{'&' if '?' in said['realm'] else '?'}{asked}"
    with web.ask("GET", url, {"Authorization": basic} if basic else {}) as answer:
        body = web.read(answer, ANSWER)
    try:
        found: Any = json.loads(body)
        token = found.get("token") or found["access_token"]
        if not isinstance(token, str) or not (token.isascii() and token.isprintable()):
            raise ValueError
    except (ValueError, KeyError, AttributeError, RecursionError) as error:
        text = f"{origin.where}: {said['realm']} gives no token for {origin.url}."
        raise OutsideError(Problem(Trouble.UNAVAILABLE, "SourceUnreachable", text)) from error
    return f"Bearer {token}"
