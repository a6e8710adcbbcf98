"""What this process has seen of steady objects: parts that seldom change are not looked at in each check."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ..core.annotation import ASKING
from ..core.change import digest
from ..core.observed import Observed, Sight, State
from ..core.part import Graph, Model
from .glance import WHOLE_EVERY, Glance, Look
from .ports import Body
from .queue import Key


@dataclass(frozen=True)
class Seen:
    """A part as a look found it, and a hash of the model that it was looked at for."""

    wanted: str
    sight: Sight

    @property
    def passing(self) -> bool:
        """Whether it was on its way to something else."""
        return isinstance(self.sight, Observed) and self.sight.passing


@dataclass(frozen=True, slots=True)
class Known:
    """What is kept of one object."""

    uid: str
    asked: str
    check: int
    """The how-manieth check after a look at everything it comes from."""
    picture: str
    parts: bytes
    """Packed: of ten thousand environments this is the larger part of what the process keeps."""
    glance: Glance | None = None
    """What it is enough to look at; None when each check is to be a whole one."""


@dataclass(frozen=True)
class Recalled:
    """What a check takes for still true, as long as all that it looks at is as it was the last time."""

    parts: Mapping[str, Seen] = field(default_factory=dict)
    known: Known | None = None

    @property
    def picture(self) -> str:
        """How the parts were that each check looks at; empty when nothing is recalled."""
        return self.known.picture if self.known else ""


class Recollection:
    """Kept in this process only, of objects that were as asked when they were last looked at.

    It is given out once: a run that ends in another way than steadily (a step, a failure, a wait, an exception) leaves
    nothing behind, and the next one looks at everything. So do the first one of a process, and one that an edit or a user
    asks for.
    """

    def __init__(self) -> None:
        self._known: dict[Key, Known] = {}

    def take(self, key: Key, body: Body, graph: Graph) -> Recalled:
        """Give what need not be looked at this time, and forget it until `keep`."""
        known = self._known.pop(key, None)
        if known is None or known.asked != _asked(body):
            return Recalled()
        uid, check = body["metadata"]["uid"], known.check + 1
        parts = {name: seen for name, seen in unpacked(known.parts).items() if name in graph.parts and not seen.passing}
        return Recalled({name: seen for name, seen in parts.items() if not due(uid, graph.parts[name].every, check)}, known)

    def glance(self, key: Key, version: int | None) -> Sequence[Look]:
        """Give what the next check looks at when that is enough, and the object is still of this version; else nothing."""
        known = self._known.get(key)
        if known is None or known.glance is None or known.glance.version != version:
            return ()
        check = known.check + 1
        if due(known.uid, WHOLE_EVERY, check):
            return ()
        return [look for look in known.glance.unpacked() if due(known.uid, look.every, check)]

    def unchanged(self, key: Key) -> None:
        """Count a check that was no more than a glance."""
        known = self._known[key]
        self._known[key] = replace(known, check=known.check + 1)

    def keep(
        self,
        key: Key,
        body: Body,
        graph: Graph,
        models: Mapping[str, Model],
        sights: Mapping[str, Sight],
        recalled: Recalled,
        believed: Set[str],
        glance: Glance | None,
    ) -> None:
        """Remember what a check of a steady object has seen or taken for true.

        Args:
            key: the object.
            body: as it was read.
            graph: its parts.
            models: as they were looked at; none of what is to go, or is gone, of which nothing is remembered.
            sights: of all parts.
            recalled: what `take` gave, unless everything was looked at.
            believed: the parts that were not looked at.
            glance: what the next checks look at; None when they are to be whole ones.
        """
        seldom = [name for name, part in graph.parts.items() if part.every > 1 and name in sights and name in models]
        check = recalled.known.check + 1 if recalled.known else 0
        if recalled.known and believed >= set(seldom):
            self._known[key] = replace(recalled.known, check=check, glance=glance)
        elif seldom:
            parts = {name: Seen(wanted(models[name]), sights[name]) for name in seldom}
            uid = body["metadata"]["uid"]
            self._known[key] = Known(uid, _asked(body), check, picture(graph, sights), packed(parts), glance)

    def look_closely(self, key: Key) -> None:
        """Let the next checks be whole ones, until one has come to its end: there is news."""
        if known := self._known.get(key):
            self._known[key] = replace(known, glance=None)

    def forget(self, key: Key) -> None:
        """Forget an object."""
        self._known.pop(key, None)


def due(uid: str, every: int, check: int) -> bool:
    """Tell whether what is looked at in each how-manieth check is due in this one after a whole one.

    Of one object all in the same, so that most cost one call; of many objects not all in the same.
    """
    return (check + zlib.crc32(uid.encode())) % every == 0


def wanted(model: Model) -> str:
    """Hash all of a model, also what only says how to act: a question to an Airflow has no other fields."""
    return digest({each.name: getattr(model, each.name) for each in fields(model)})


def picture(graph: Graph, sights: Mapping[str, Sight]) -> str:
    """Hash how the parts are that each check looks at, so that any change of theirs has the others looked at."""
    seen = {name: sights.get(name) for name, part in graph.parts.items() if part.every == 1}
    return digest({name: _shown(sight) for name, sight in seen.items()})


def steady(sights: Mapping[str, Sight]) -> bool:
    """Tell whether nothing is under way, failed or unseen."""
    return all(sight is None or (isinstance(sight, Observed) and sight.state is State.READY) for sight in sights.values())


def packed(parts: Mapping[str, Seen]) -> bytes:
    """Make it small. It never leaves the process."""
    return zlib.compress(pickle.dumps(dict(parts)), 1)


def unpacked(parts: bytes) -> dict[str, Seen]:
    """Undo `packed`."""
    found: dict[str, Seen] = pickle.loads(zlib.decompress(parts))
    return found


def _shown(sight: Sight) -> object:
    if not isinstance(sight, Observed):
        return None
    return {"id": sight.id, "reason": sight.reason, "message": sight.message, "outputs": dict(sight.outputs)}


def _asked(body: Body) -> str:
    meta: Mapping[str, Any] = body["metadata"]
    annotations = meta.get("annotations", {})
    asking = [annotations.get(name) for name in ASKING]
    return digest([meta["uid"], meta.get("generation"), "deletionTimestamp" in meta, asking])
