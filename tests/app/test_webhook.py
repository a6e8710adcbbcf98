"""Who is let in by a webhook, over real HTTP; of objects there is no more than the calls that are made for one message."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from mwaa_operator.api import parse
from mwaa_operator.app.web import Web
from mwaa_operator.app.webhook import MESSAGE, SECONDS, Receiver, is_proved
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.engine.ports import ConflictError
from mwaa_operator.engine.queue import Key

TOKEN, BODY = b"a long token", b'{"ref": "refs/heads/main"}'
SIGNATURE = "sha256=" + hmac.new(TOKEN, BODY, hashlib.sha256).hexdigest()
PROOFS = {
    "GitHub": {"X-Hub-Signature-256": SIGNATURE},
    "Bitbucket": {"X-Hub-Signature": SIGNATURE},
    "Generic": {"X-Signature": SIGNATURE},
    "GitLab": {"X-Gitlab-Token": TOKEN.decode()},
}


@pytest.mark.parametrize("sender", PROOFS)
def test_only_who_knows_the_token_is_let_in(sender: str) -> None:
    [(header, value)] = PROOFS[sender].items()
    assert is_proved(sender, TOKEN, {header: value}, BODY)
    assert not is_proved(sender, b"another token", {header: value}, BODY)
    for wrong in ("", "sha256=", value[:-1], value + "0", value.upper(), "sha1=" + value[7:], "\N{SNOWMAN}"):
        assert not is_proved(sender, TOKEN, {header: wrong}, BODY)
    assert not is_proved(sender, TOKEN, {}, BODY)
    assert not any(is_proved(sender, TOKEN, proof, BODY) for other, proof in PROOFS.items() if other != sender)
    if sender != "GitLab":
        assert not is_proved(sender, TOKEN, {header: value}, BODY + b" ")


@pytest.mark.parametrize("token", [b"", b"short"])
def test_a_token_that_can_be_guessed_lets_nobody_in(token: bytes) -> None:
    signature = "sha256=" + hmac.new(token, BODY, hashlib.sha256).hexdigest()
    assert not is_proved("GitHub", token, {"X-Hub-Signature-256": signature}, BODY)
    assert not is_proved("GitLab", token, {"X-Gitlab-Token": token.decode()}, BODY)


@dataclass
class Objects:
    """What the receiver asks of Kubernetes."""

    bodies: dict[str, dict[str, Any]]
    secrets: dict[str, Mapping[str, bytes]] = field(default_factory=lambda: {"hook": {"token": TOKEN + b"\n"}})
    lists: int = 0
    conflicts: int = 0
    fault: OutsideError | None = None
    lets_go: asyncio.Event = field(default_factory=asyncio.Event)
    marked: list[tuple[str, str]] = field(default_factory=list)

    async def every(self, kind: str, namespaces: Any) -> AsyncIterator[dict[str, Any]]:
        self.lists += 1
        bodies = list(self.bodies.values())
        await self.lets_go.wait()
        if self.fault:
            raise self.fault
        for body in bodies:
            yield body

    async def get(self, key: Key) -> dict[str, Any] | None:
        return self.bodies.get(key.name)

    async def secret(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        return self.secrets.get(name)

    async def put_annotation(self, body: Any, name: str, value: str, manager: str) -> None:
        if self.conflicts:
            self.conflicts -= 1
            raise ConflictError
        self.marked.append((body["metadata"]["name"], name))


def source(name: str, uid: str, **spec: Any) -> dict[str, Any]:
    whole = {"bucketRef": {"name": "b"}, "git": {"url": "https://h/r.git"}, **spec}
    return {"metadata": {"name": name, "namespace": "team", "uid": uid}, "spec": whole}


def hook(sender: str = "GitHub") -> dict[str, Any]:
    return {"webhook": {"sender": sender, "secretRef": {"name": "hook"}}}


@dataclass
class Receiving:
    """The server, and a sender."""

    objects: Objects
    address: str = ""
    now: float = 0.0
    looks: int = 0

    def clock(self) -> float:
        self.looks += 1
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def send(self, path: str, proof: Mapping[str, str] | None = None, data: bytes = BODY) -> tuple[int, bytes, str]:
        """Give what an answer shows: status, body, and the names of its headers."""
        headers = PROOFS["GitHub"] if proof is None else proof
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.address + path, data=data, headers=headers) as answer,
        ):
            return answer.status, await answer.read(), " ".join(sorted(answer.headers))


@pytest.fixture
async def receiving(tmp_path: Path) -> AsyncIterator[Receiving]:
    bodies = [source("etl", "u-1", **hook()), source("silent", "u-2"), source("wrong", "u-3", **hook(), path=7)]
    made = Receiving(Objects({body["metadata"]["name"]: body for body in bodies}))
    made.objects.lets_go.set()
    receiver = Receiver(made.objects, parse, [], made.clock, made.sleep)  # type: ignore[arg-type]
    web = Web(CollectorRegistry(), lambda: True, lambda: True, receiver)
    await web.start("127.0.0.1", 0, str(tmp_path / "port"))
    made.address = f"http://127.0.0.1:{(tmp_path / 'port').read_text()}"
    yield made
    await web.stop()


async def test_a_message_that_is_proved_makes_one_object_due(receiving: Receiving) -> None:
    assert (await receiving.send("/hook/u-1"))[:2] == (202, b"")
    assert receiving.objects.marked == [("etl", "mwaa-operator.dev/reconcile-at")]
    receiving.objects.conflicts = 1
    assert (await receiving.send("/hook/u-1"))[0] == 202
    assert len(receiving.objects.marked) == 2 and receiving.objects.lists == 1


async def test_all_others_get_one_and_the_same_answer(receiving: Receiving) -> None:
    receiving.objects.secrets["gone"] = {}
    answers = {
        await receiving.send("/hook/u-1", {}),
        await receiving.send("/hook/u-1", {"X-Hub-Signature-256": "sha256=" + "0" * 64}),
        await receiving.send("/hook/u-1", PROOFS["GitLab"]),
        await receiving.send("/hook/u-1", data=BODY + b" "),
        await receiving.send("/hook/u-2"),
        await receiving.send("/hook/u-3"),
        await receiving.send("/hook/nobody"),
        await receiving.send("/hook/etl"),
    }
    receiving.objects.secrets.clear()
    answers.add(await receiving.send("/hook/u-1"))
    del receiving.objects.bodies["etl"]
    answers.add(await receiving.send("/hook/u-1"))
    [(status, body, _)] = answers
    assert (status, body) == (404, b"") and receiving.objects.marked == []


async def test_whoever_tries_addresses_costs_one_list_in_some_seconds(receiving: Receiving) -> None:
    for count in range(20):
        await receiving.send(f"/hook/{count}")
    assert receiving.objects.lists == 1
    receiving.now = SECONDS
    await receiving.send("/hook/x")
    assert receiving.objects.lists == 2


async def test_all_messages_of_one_push_are_taken_right_after_a_start(receiving: Receiving) -> None:
    receiving.objects.bodies |= {name: source(name, name, **hook()) for name in ("dags", "more")}
    receiving.objects.lets_go.clear()
    sent = [asyncio.create_task(receiving.send(f"/hook/{uid}")) for uid in ("u-1", "dags", "more")]
    # all three have come, and the list has begun
    while receiving.looks < 4:
        await asyncio.sleep(0)
    receiving.objects.lets_go.set()
    assert [status for status, *_ in await asyncio.gather(*sent)] == [202, 202, 202]
    assert receiving.objects.lists == 1


async def test_whoever_tries_addresses_does_not_lock_out_an_object_that_is_new(receiving: Receiving) -> None:
    await receiving.send("/hook/nobody")
    receiving.objects.bodies["new"] = source("new", "u-9", **hook())
    receiving.now = 1.0
    assert (await receiving.send("/hook/u-9"))[0] == 202
    assert receiving.now == SECONDS and receiving.objects.lists == 2


async def test_when_objects_cannot_be_listed_the_sender_may_come_again(receiving: Receiving) -> None:
    receiving.objects.fault = OutsideError(Problem(Trouble.UNAVAILABLE, "KubernetesUnavailable", "503"))
    assert (await receiving.send("/hook/u-1"))[0] == 503
    receiving.objects.fault = None
    assert (await receiving.send("/hook/u-1"))[0] == 202
    assert receiving.now == SECONDS


@pytest.mark.parametrize("uid", ["u-1", "nobody"])
@pytest.mark.parametrize("sender", PROOFS)
async def test_bytes_that_are_no_text_prove_nothing_and_tell_nothing(receiving: Receiving, sender: str, uid: str) -> None:
    [(header, _)] = PROOFS[sender].items()
    receiving.objects.bodies["etl"]["spec"] |= hook(sender)
    host, port = receiving.address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /hook/{uid} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n{header}: "
    writer.write(head.encode() + b"\xff\xfe\x80\r\n\r\n{}")
    assert (await reader.readline()).split()[1] == b"404"
    writer.close()


async def test_a_message_without_end_is_not_read(receiving: Receiving) -> None:
    assert (await receiving.send("/hook/u-1", data=bytes(MESSAGE + 1)))[0] == 413
    assert (await receiving.send("/hook/nobody", data=bytes(MESSAGE + 1)))[0] == 413
    assert receiving.objects.marked == []


async def test_without_the_setting_there_is_no_such_place(tmp_path: Path) -> None:
    web = Web(CollectorRegistry(), lambda: True, lambda: True)
    await web.start("127.0.0.1", 0, str(tmp_path / "port"))
    made = Receiving(Objects({}), f"http://127.0.0.1:{(tmp_path / 'port').read_text()}")
    assert (await made.send("/hook/u-1"))[0] == 404
    await web.stop()
