"""Messages of any kind to the webhook receiver: nobody is let in without the token, and nothing breaks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from multidict import CIMultiDict

from mwaa_operator.api import parse
from mwaa_operator.app.webhook import GITLAB, SAID, SIGNED, Receiver
from mwaa_operator.engine.queue import Key

from .mutation import JSON

TOKENS = st.sampled_from([b"", b"short", b"a long token", b"\xff" * 20, b" padded token \n"])
SENDERS = st.sampled_from([*SIGNED, GITLAB, "Nobody", 7, None])
HEADERS = st.sampled_from([*SIGNED.values(), SAID, "Content-Type", "X-Signature "])
WORDS = st.sampled_from(["", "sha256=", "sha1=", "=", "a long token", "sha256=" + "0" * 64]) | st.text(
    st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=80
)
SPECS = st.fixed_dictionaries(
    {"webhook": st.fixed_dictionaries({"sender": SENDERS, "secretRef": st.just({"name": "hook"})}) | JSON}
)
CASES = st.tuples(
    SPECS,
    TOKENS,
    st.dictionaries(HEADERS, WORDS, max_size=4),
    st.binary(max_size=200),
    st.sampled_from(["u-1", "u-2", "", "u" * 5000, "..", "u-1/", "\N{SNOWMAN}"]),
    st.booleans(),
)


class Objects:
    """One object and its Secret, in place of Kubernetes."""

    def __init__(self, spec: Any, token: bytes) -> None:
        whole = {"bucketRef": {"name": "b"}, "git": {"url": "https://h/r.git"}, **spec}
        self.body = {"metadata": {"name": "etl", "namespace": "team", "uid": "u-1"}, "spec": whole}
        self.token = token
        self.marked = 0

    async def every(self, kind: str, namespaces: Any) -> AsyncIterator[dict[str, Any]]:
        yield self.body

    async def get(self, key: Key) -> dict[str, Any]:
        return self.body

    async def secret(self, namespace: str, name: str) -> Mapping[str, bytes]:
        return {"token": self.token}

    async def put_annotation(self, *asked: Any) -> None:
        self.marked += 1


def proof(sender: Any, token: bytes, message: bytes) -> dict[str, str]:
    """Give the header that lets one in."""
    if sender == GITLAB:
        return {SAID: token.decode(errors="surrogateescape")}
    signature = hmac.new(token, message, hashlib.sha256).hexdigest()
    return {SIGNED.get(sender, "X-Signature"): f"sha256={signature}"}


def check(case: tuple[Any, bytes, dict[str, str], bytes, str, bool]) -> None:
    spec, token, headers, message, uid, proved = case
    hook = spec["webhook"] if isinstance(spec["webhook"], dict) else {}
    sender = hook.get("sender")
    if proved and isinstance(sender, str):
        headers = {**headers, **proof(sender, token.strip(), message)}
    objects = Objects(spec, token)
    status, body = asyncio.run(answer(objects, headers, message, uid))
    fit = sender in (*SIGNED, GITLAB) and len(token.strip()) >= 8 and uid == "u-1"
    right = fit and all(headers.get(name) == value for name, value in proof(sender, token.strip(), message).items())
    assert (status, objects.marked) == ((202, 1) if right else (404, 0))
    assert not body


async def answer(objects: Objects, headers: Mapping[str, str], message: bytes, uid: str) -> tuple[int, Any]:
    async def sleep(seconds: float) -> None:
        now[0] += seconds

    now = [0.0]

    def clock() -> float:
        now[0] += 1e-3
        return now[0]

    async def read() -> bytes:
        return message

    request: Any = SimpleNamespace(match_info={"uid": uid}, headers=CIMultiDict(headers), read=read)
    receiver = Receiver(objects, parse, [], clock, sleep)  # type: ignore[arg-type]
    told = await receiver.answer(request)
    return told.status, told.body
