"""What the watches have shown: who exists, who refers to whom, and who must be woken when something changes."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..core.annotation import ASKING
from ..core.change import digest
from ..core.kind import Neighbour, Reference, named, origins_of, shared
from .ports import Body, Registry
from .queue import Key

BOOKKEEPING = frozenset({"observedGeneration", "conditions", "parts", "plan", "findings", "lastHandledReconcileAt"})
"""Status fields that are about the object itself; all others are facts for those who refer to it."""


SHOWN = 512
"""How many objects are kept as those see them who refer to them."""


def facts_of(body: Body) -> dict[str, Any]:
    """Give what an object has published."""
    return {name: value for name, value in body.get("status", {}).items() if name not in BOOKKEEPING}


def key_of(kind: str, body: Body) -> Key:
    """Give the key of an object."""
    return Key(kind, body["metadata"]["namespace"], body["metadata"]["name"])


@dataclass(frozen=True, slots=True)
class _Seen:
    """An object, as small as it can be kept: there may be ten thousand, of which few are asked for."""

    uid: str
    version: int
    declared: tuple[Any, ...]
    asked: tuple[Any, ...]
    facts: str
    """A hash of what it publishes for others."""
    shown: bytes
    """Packed: what it declares, and what it publishes."""
    valid: bool
    deleting: bool
    ready: bool
    targets: frozenset[Key]


class World:
    """The newest known state of every object of ours, as far as others need it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._seen: dict[Key, _Seen] = {}
        self._referrers: dict[Key, set[Key]] = defaultdict(set)
        self._shown: dict[Key, Neighbour] = {}
        """Those that were asked for, parsed: what many stand on is asked for again and again."""

    def update(self, kind: str, body: Body) -> set[Key]:
        """Take in an object as a watch or a write showed it, and name the keys that this wakes."""
        key = key_of(kind, body)
        old = self._seen.get(key)
        new = self._look(kind, body, old)
        if old and old.uid == new.uid and new.version < old.version:
            return set()  # a late echo of the watch
        self._seen[key] = new
        self._shown.pop(key, None)
        self._relink(key, old, new)
        woken: set[Key] = set()
        if old is None or (old.declared, old.asked) != (new.declared, new.asked):
            woken.add(key)
        if old is None or old.facts != new.facts:
            woken |= self._neighbourhood(key, new)
        elif old.declared != new.declared:
            woken |= self._interested(key, new) | ((old.targets - new.targets) & self._seen.keys())
        return woken

    def remove(self, key: Key) -> set[Key]:
        """Take in that an object is gone, and name the keys that this wakes."""
        old = self._seen.pop(key, None)
        self._shown.pop(key, None)
        if old is None:
            return set()
        woken = self._neighbourhood(key, old)
        for target in old.targets:
            self._referrers[target].discard(key)
        return woken

    def document_changed(self, namespace: str, name: str) -> set[Key]:
        """Name the objects that refer to a ConfigMap."""
        return set(self._referrers.get(Key("ConfigMap", namespace, name), ()))

    def secret_changed(self, namespace: str, name: str) -> set[Key]:
        """Name the objects that refer to a Secret."""
        return set(self._referrers.get(Key("Secret", namespace, name), ()))

    def version(self, key: Key) -> int | None:
        """Give the newest version of an object that was seen."""
        seen = self._seen.get(key)
        return seen.version if seen else None

    def published(self, type_: str, namespace: str, name: str) -> set[Key]:
        """Name the objects that are fetched from where a `Publisher` says, when that may say something new."""
        return set(self._referrers.get(Key(type_, namespace, name), ()))

    def neighbour(self, key: Key) -> Neighbour | None:
        """Show an object to one that refers to it."""
        if (seen := self._seen.get(key)) is None:
            return None
        if key not in self._shown:
            raw, facts = json.loads(zlib.decompress(seen.shown))
            spec = self._registry.parse(key.kind, raw, key.name) if seen.valid else None
            if len(self._shown) >= SHOWN:
                del self._shown[next(iter(self._shown))]
            self._shown[key] = Neighbour(key.kind, key.name, spec, facts, seen.deleting, seen.ready)
        return self._shown[key]

    def referrers(self, key: Key) -> list[Key]:
        """Name all objects that refer to this one, in a stable order."""
        return sorted(self._referrers.get(key, ()))

    def _look(self, kind: str, body: Body, old: _Seen | None) -> _Seen:
        meta, key = body["metadata"], key_of(kind, body)
        definition, raw = self._registry.kinds[kind], body.get("spec", {})
        valid = True
        try:
            spec = self._registry.parse(kind, raw, key.name)
            targets = {self._key(ref, key) for ref in definition.references(spec)}
            targets |= {Key("ConfigMap", key.namespace, name) for name in definition.documents(spec)}
            targets |= {Key("Secret", key.namespace, name) for name in definition.secrets(spec)}
            targets |= {
                Key(each.type, each.namespace or key.namespace, each.name)
                for origin in origins_of(definition, spec)
                if (each := origin.publisher)
            }
        except ValueError:
            # it still stands on what it named while it was valid, and a new process has not seen it then
            valid, targets = False, {self._key(ref, key) for ref in named(definition.REFERENCES, raw)}
            targets |= old.targets if old else set()
        annotations = meta.get("annotations", {})
        deleting = "deletionTimestamp" in meta
        declared = (meta["uid"], meta.get("generation"), deleting)
        asked = tuple(annotations.get(name) for name in ASKING)
        facts = facts_of(body)
        conditions: Iterable[Mapping[str, Any]] = body.get("status", {}).get("conditions", ())
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)
        packed = zlib.compress(json.dumps([raw, facts]).encode(), 1)
        version, linked = int(meta["resourceVersion"]), frozenset(targets)
        return _Seen(
            meta["uid"], version, declared, asked, digest(shared(definition, facts)), packed, valid, deleting, ready, linked
        )

    @staticmethod
    def _key(reference: Reference, source: Key) -> Key:
        return Key(reference.kind, reference.namespace or source.namespace, reference.name)

    def _relink(self, key: Key, old: _Seen | None, new: _Seen) -> None:
        for target in old.targets - new.targets if old else ():
            self._referrers[target].discard(key)
        for target in new.targets:
            self._referrers[target].add(key)

    def _neighbourhood(self, key: Key, seen: _Seen) -> set[Key]:
        """Name those who refer to it and those among its targets whose graph follows from it, or who wait to go."""
        return set(self._referrers.get(key, ())) | self._interested(key, seen)

    def _interested(self, key: Key, seen: _Seen) -> set[Key]:
        interested: set[Key] = set()
        for target in seen.targets:
            kind, there = self._registry.kinds.get(target.kind), self._seen.get(target)
            if kind and there and (key.kind in kind.REFERRERS or there.deleting):
                interested.add(target)
        return interested
