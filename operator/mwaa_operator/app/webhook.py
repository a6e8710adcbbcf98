"""Webhooks: a sender that proves itself makes one object due at once. Nobody learns from an answer what there is."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from ..core.annotation import RECONCILE_AT
from ..core.errors import OutsideError
from ..engine.ports import Body, ConflictError
from ..engine.queue import Key
from ..engine.world import key_of
from ..kube.cluster import KubernetesCluster

log = logging.getLogger(__name__)
KIND, TOKEN = "DagSource", "token"
PATH = "/hook/{uid}"
SIGNED = {"GitHub": "X-Hub-Signature-256", "Bitbucket": "X-Hub-Signature", "Generic": "X-Signature"}
"""The header with the signature of the message."""
GITLAB, SAID = "GitLab", "X-Gitlab-Token"
MESSAGE = 5 * 1024 * 1024
"""How many bytes a message may have; of one push they are far fewer."""
UID = 64
SHORTEST = 8
"""How many bytes a token must have: a shorter one could be found by trying."""
SECONDS = 5.0
"""How far apart objects are listed for addresses that nobody knows: whoever tries costs the API server no more than this. A
message for an object that is newer than the last list waits for the next one, and senders wait for longer than that."""
MANAGER = "mwaa-operator-webhook"


def is_proved(sender: str, token: bytes, headers: Mapping[str, str], message: bytes) -> bool:
    """Tell whether a message is from who knows the token, in a time that says nothing about it."""
    if len(token) < SHORTEST:
        return False
    if sender == GITLAB:
        return hmac.compare_digest(_bytes(headers, SAID), token)
    wanted = f"sha256={hmac.new(token, message, hashlib.sha256).hexdigest()}"
    return hmac.compare_digest(_bytes(headers, SIGNED[sender]), wanted.encode())


def _bytes(headers: Mapping[str, str], name: str) -> bytes:
    """Give a header as it was sent, whatever its bytes are."""
    return headers.get(name, "").encode(errors="surrogateescape")


class Receiver:
    """Takes messages for DAG sources, each under the uid of its object. Any replica does, also one that stands by."""

    def __init__(
        self,
        cluster: KubernetesCluster,
        parse: Callable[[str, Body, str], Any],
        namespaces: Sequence[str],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Look objects up in some namespaces, or in all."""
        self._cluster, self._parse, self._namespaces = cluster, parse, namespaces
        self._clock, self._sleep = clock, sleep
        self._known: dict[str, Key] = {}
        self._begun = self._shown = float("-inf")
        """When the last list was begun, and of what time the newest one is that came to its end."""
        self._listing: asyncio.Task[None] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        """Take one message. Whatever is wrong with it, the answer is the same."""
        try:
            # who waits for the object holds no message in memory meanwhile
            body = await self._object(request.match_info["uid"][:UID])
            taken = await self._take(body, request.headers, await request.read())
        except (OutsideError, ConflictError) as error:
            log.warning("a webhook could not be taken: %s", error)
            return web.Response(status=503)
        return web.Response(status=202 if taken else 404)

    async def _take(self, body: Body | None, headers: Mapping[str, str], message: bytes) -> bool:
        hook = self._hook(body) if body else None
        if body is None or hook is None:
            return False
        key = key_of(KIND, body)
        token = (await self._cluster.secret(key.namespace, hook.secret_ref.name) or {}).get(TOKEN, b"").strip()
        if not is_proved(str(hook.sender), token, headers, message):
            told = "%s: a webhook was refused: it is not signed with `%s` of Secret %s, which must have %d bytes at least"
            log.warning(told, key, TOKEN, hook.secret_ref.name, SHORTEST)
            return False
        await self._mark(key, body)
        return True

    async def _mark(self, key: Key, body: Body) -> None:
        """Ask for a look as people do: the leader notices, whoever was asked, and a crash does not forget it."""
        now = datetime.now(UTC).isoformat()
        try:
            await self._cluster.put_annotation(body, RECONCILE_AT, now, MANAGER)
        except ConflictError:
            if fresh := await self._cluster.get(key):
                await self._cluster.put_annotation(fresh, RECONCILE_AT, now, MANAGER)

    def _hook(self, body: Body) -> Any:
        try:
            return self._parse(KIND, body.get("spec", {}), body["metadata"]["name"]).webhook
        except ValueError:
            return None

    async def _object(self, uid: str) -> Body | None:
        arrived = self._clock()
        while uid not in self._known and self._shown < arrived:
            await self._list()
        body = await self._cluster.get(self._known[uid]) if uid in self._known else None
        return body if body and body["metadata"]["uid"] == uid else None

    async def _list(self) -> None:
        """Wait for the list that is under way or comes next: one for all who wait, also when it fails."""
        if self._listing is None or self._listing.done():
            self._listing = asyncio.create_task(self._listed())
        await asyncio.shield(self._listing)

    async def _listed(self) -> None:
        now = self._clock()
        if (wait := self._begun + SECONDS - now) > 0:
            await self._sleep(wait)
            now = self._clock()
        self._begun = now
        self._known = {
            each["metadata"]["uid"]: key_of(KIND, each)
            async for each in self._cluster.every(KIND, self._namespaces)
            if each.get("spec", {}).get("webhook")
        }
        self._shown = now
