"""OCI artifacts: a digest is looked up, its signature checked where one is asked for, its layers unpacked."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import INSECURE, SIGNED_BY, Fetched, Origin, Room
from .archive import take, unpack, wanted, without_folder
from .checkout import Checkout, checkout
from .cosign import PAYLOAD, SIGNATURE, is_signed, key_of, signatures
from .limits import Limits, shown, too_large
from .oci_auth import DOCKER_HUB, authorization, credentials
from .web import Web
from .wire import Wire, Wired

MANIFEST = 4 * 1024 * 1024
"""How many bytes a manifest may have, as registries have it."""
LAYERS, SIGNATURES = 100, 50
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")
INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
EMPTY = "application/vnd.oci.empty.v1+json"
TITLE = "org.opencontainers.image.title"
UNPACK = "io.deis.oras.content.unpack"
"""By these two `oras push` names a file, and says that it is a folder."""
ARCHIVE = re.compile(r"[.+](tar|tar\.gzip|tgz|tar\+gzip)$")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


class OciFetcher(Wired):
    """Reads registries by the API that all of them have (OCI distribution specification)."""

    def look(self, origin: Origin, secret: Mapping[str, bytes]) -> str:
        """Ask for the digest of the tag. A digest is what it is."""
        kind, name = origin.reference
        if kind == "digest":
            return name
        with self._wire(origin, self._limits.look) as wire:
            return f"{name}@{_Registry(origin, secret, wire).digest(name)}"

    def fetch(self, origin: Origin, secret: Mapping[str, bytes], revision: str, room: Room) -> Fetched:
        """Fetch the layers of the very digest that was looked up."""
        digest = revision.rpartition("@")[2]
        with checkout(room) as found:
            with self._wire(origin, self._limits.seconds) as wire:
                registry = _Registry(origin, secret, wire)
                if keys := sorted(
                    option.removeprefix(SIGNED_BY) for option in origin.options if option.startswith(SIGNED_BY)
                ):
                    _verify(registry, origin, digest, keys)
                for layer in _layers(registry, origin, digest, self._limits):
                    with contextlib.closing(room.part()) as part:
                        _unpack(layer, registry.blob(layer, part), part, origin, self._limits, found)
            if missing := without_folder(found, origin):
                raise missing
        return found.fetched(revision)


@dataclass(frozen=True)
class _Layer:
    """One blob, as a manifest describes it."""

    type: str
    digest: str
    size: int
    title: str
    signature: str

    @classmethod
    def of(cls, described: Any, origin: Origin) -> _Layer:
        try:
            said = described.get("annotations") or {}
            title, signature = str(said.get(TITLE, "")), str(said.get(SIGNATURE, ""))
            # a folder is named too, and its archive has that name in its paths
            named = "" if str(said.get(UNPACK, "")).lower() == "true" else title
            digest, size = str(described["digest"]), int(described["size"])
            if not DIGEST.fullmatch(digest) or size < 0:
                raise ValueError
            return cls(str(described["mediaType"]), digest, size, named, signature)
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise _nonsense(origin, "a layer without digest, size or type") from error


class _Registry:
    """One repository of a registry."""

    def __init__(self, origin: Origin, secret: Mapping[str, bytes], wire: Wire) -> None:
        host, _, name = origin.url.removeprefix("oci://").partition("/")
        host = DOCKER_HUB if host in ("docker.io", "index.docker.io") else host
        insecure = INSECURE in origin.options
        self._origin = origin
        self._base = f"{'http' if insecure else 'https'}://{host}/v2/{name}"
        self._web = Web(origin, wire, secret.get("ca.crt", b""), plain=insecure)
        self._known = credentials(secret, host, origin)
        self._header = ""

    def digest(self, tag: str) -> str:
        """Give the digest that a tag stands for now."""
        with self._ask("HEAD", f"manifests/{tag}") as answer:
            said = answer.headers.get("Docker-Content-Digest", "")
        if DIGEST.fullmatch(said):
            return str(said)
        # few registries do not say it
        with self._ask("GET", f"manifests/{tag}") as answer:
            return f"sha256:{hashlib.sha256(self._web.read(answer, MANIFEST)).hexdigest()}"

    def manifest(self, digest: str) -> Any:
        """Read the manifest of a digest."""
        with self._ask("GET", f"manifests/{digest}") as answer:
            return self._parsed(self._web.read(answer, MANIFEST), digest)

    def tagged(self, tag: str) -> Any:
        """Read the manifest of a tag; None where there is no such tag."""
        with self._ask("GET", f"manifests/{tag}", frozenset({404})) as answer:
            return None if answer.status == 404 else self._parsed(self._web.read(answer, MANIFEST), "")

    def blob(self, layer: _Layer, room: Room) -> Path:
        """Write a blob to the disk.

        Raises:
            OutsideError: it is not what its digest says.
        """
        path, told, size = room.path / "layer", hashlib.new(layer.digest.partition(":")[0]), 0
        with self._ask("GET", f"blobs/{layer.digest}") as answer, path.open("wb") as file:
            for data in self._web.parts(answer, layer.size):
                room.take(len(data))
                told.update(data)
                size += len(data)
                file.write(data)
        if size != layer.size or told.hexdigest() != layer.digest.partition(":")[2]:
            raise _altered(self._origin, layer.digest)
        return path

    def payload(self, layer: _Layer) -> bytes:
        """Read a small blob."""
        with self._ask("GET", f"blobs/{layer.digest}") as answer:
            data = self._web.read(answer, layer.size)
        if hashlib.new(layer.digest.partition(":")[0], data).hexdigest() != layer.digest.partition(":")[2]:
            raise _altered(self._origin, layer.digest)
        return data

    @contextlib.contextmanager
    def _ask(self, method: str, path: str, expected: frozenset[int] = frozenset()) -> Iterator[Any]:
        url = f"{self._base}/{path}"
        accept = {"Accept": ", ".join((*MANIFESTS, *INDEXES))} if path.startswith("manifests/") else {}
        known = {"Authorization": self._header} if self._header else {}
        with self._web.ask(method, url, accept | known, expected | {401}) as answer:
            if answer.status != 401:
                yield answer
                return
            challenge = answer.headers.get("WWW-Authenticate", "")
        self._header = authorization(challenge, self._known, self._web, self._origin)
        with self._web.ask(method, url, accept | {"Authorization": self._header}, expected) as answer:
            yield answer

    def _parsed(self, body: bytes, digest: str) -> Any:
        if digest and hashlib.new(digest.partition(":")[0], body).hexdigest() != digest.partition(":")[2]:
            raise _altered(self._origin, digest)
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise _nonsense(self._origin, "a manifest that is no JSON") from error
        if not isinstance(found, dict):
            raise _nonsense(self._origin, "a manifest that is no object")
        return found


def _layers(registry: _Registry, origin: Origin, digest: str, limits: Limits) -> Sequence[_Layer]:
    manifest = registry.manifest(digest)
    if "manifests" in manifest:
        listed = manifest["manifests"] if isinstance(manifest["manifests"], list) else []
        if len(listed) != 1:
            text = f"an index of {len(listed)} manifests, as images for several platforms are. Name the digest of one"
            raise _nonsense(origin, text)
        only = {"mediaType": "", **listed[0]} if isinstance(listed[0], dict) else None
        manifest = registry.manifest(_Layer.of(only, origin).digest)
    described = manifest.get("layers")
    if not isinstance(described, list) or not described or len(described) > LAYERS:
        raise _nonsense(origin, f"a manifest without layers, or with more than {LAYERS}")
    layers = [_Layer.of(each, origin) for each in described]
    if (size := sum(layer.size for layer in layers)) > limits.pack:
        raise too_large(origin.url, f"its layers have {shown(size)}, more than {shown(limits.pack)}")
    return [layer for layer in layers if layer.type != EMPTY]


def _unpack(layer: _Layer, packed: Path, room: Room, origin: Origin, limits: Limits, found: Checkout) -> None:
    if layer.title:
        if path := wanted(layer.title, origin):
            take(found, origin, limits, path, layer.size, packed.read_bytes)
        return
    if not ARCHIVE.search(layer.type):
        text = f"a layer of type {layer.type[:100]!r}, which is neither an archive nor a named file"
        raise _nonsense(origin, text)
    unpack(packed, room, origin, limits, found)


def _verify(registry: _Registry, origin: Origin, digest: str, pems: Sequence[str]) -> None:
    """Let nothing pass that none of the keys has signed.

    Raises:
        OutsideError: there is no such signature, or a key cannot be read.
    """
    try:
        keys = [key_of(pem) for pem in pems]
    except ValueError as error:
        text = f"{origin.where}.verify.publicKeys: one of them {error}. Correct it."
        raise OutsideError(Problem(Trouble.REFUSED, "VerificationFailed", text)) from error
    manifest = registry.tagged(signatures(digest))
    described = manifest.get("layers") if manifest else None
    for each in described[:SIGNATURES] if isinstance(described, list) else ():
        layer = _Layer.of(each, origin)
        signed = layer.type == PAYLOAD and layer.signature and layer.size <= MANIFEST
        if signed and is_signed(registry.payload(layer), layer.signature, digest, keys):
            return
    why = "no signature that one of these keys has made" if manifest else "no signature at all"
    text = f"{origin.where}.verify: {origin.url}@{digest} has {why}: it is not delivered. Sign it with `cosign sign`, or "
    raise OutsideError(Problem(Trouble.REFUSED, "VerificationFailed", f"{text}correct publicKeys."))


def _altered(origin: Origin, digest: str) -> OutsideError:
    text = f"{origin.where}: {origin.url} gives something else than {digest}: it is not delivered. Push it anew."
    return OutsideError(Problem(Trouble.UNAVAILABLE, "SourceAltered", text))


def _nonsense(origin: Origin, what: str) -> OutsideError:
    text = f"{origin.where}: {origin.url} has {what}. Push a tar archive, as `flux push artifact` and `oras push` make it."
    return OutsideError(Problem(Trouble.REFUSED, "NotAnArtifact", text))
