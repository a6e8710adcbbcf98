"""A glance: where a whole check found nothing to do, and nothing has come up since, the next ones ask AWS and compare."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..core.adapter import Target
from ..core.change import digest
from ..core.observed import Observed, Sight
from ..core.part import Graph


@dataclass(frozen=True, slots=True)
class Glance:
    """What the main parts of a steady object were asked for, and what was seen of them.

    A run is a function of the object, of what it refers to, and of what AWS shows. While all three are as they were, the
    run would end as it did: so it need not be made. It is made all the same whenever a part of the object that is looked at
    less often is due, so whatever follows from the time alone is late by no more than that.
    """

    version: int
    """The object's resource version."""
    targets: bytes
    """Packed: they are kept of each steady environment."""
    sights: str
    """A hash of all that was seen."""

    @classmethod
    def of(
        cls, version: int, graph: Graph, sights: Mapping[str, Sight], target: Callable[[str], tuple[str, Target[Any]]]
    ) -> Glance | None:
        """Take one from a steady run that has written nothing; None where not all of the main parts were seen."""
        names = [name for name, part in graph.parts.items() if part.every == 1]
        if not names or not all(name in sights for name in names):
            return None
        targets = [target(name) for name in names]
        return cls(version, zlib.compress(pickle.dumps(targets), 1), seen({name: sights[name] for name in names}))

    def unpacked(self) -> Sequence[tuple[str, Target[Any]]]:
        """Give what is looked at: each part's type and target."""
        found: Sequence[tuple[str, Target[Any]]] = pickle.loads(zlib.decompress(self.targets))
        return found


def seen(sights: Mapping[str, Sight]) -> str:
    """Hash everything that a look has shown."""
    return digest({name: _whole(sight) for name, sight in sights.items()})


def _whole(sight: Sight) -> object:
    if not isinstance(sight, Observed):
        return str(sight)
    return {each.name: getattr(sight, each.name) for each in fields(sight)}
