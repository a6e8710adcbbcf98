"""A glance: where a whole check found nothing to do, and nothing has come up since, the next ones ask AWS and compare."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from ..core.adapter import Target
from ..core.change import digest
from ..core.observed import Observed, Sight

WHOLE_EVERY = 24
"""In each how-manieth check an object is read and planned for although nothing is new: what follows from the time alone,
such as the end of a version's support, is late by no more than that."""


@dataclass(frozen=True, slots=True)
class Look:
    """What one part was asked for, in each how-manieth check it is, and a hash of what was seen."""

    every: int
    type: str
    target: Target[Any]
    sight: str


@dataclass(frozen=True, slots=True)
class Glance:
    """All that a steady object was asked for, and what was seen of it.

    A run is a function of the object, of what it refers to, and of what AWS shows. While all three are as they were, the run
    would end as it did: so it need not be made.
    """

    version: int
    """The object's resource version."""
    looks: bytes
    """Packed: they are kept of each steady environment."""

    @classmethod
    def of(cls, version: int, looks: Sequence[Look]) -> Glance:
        """Keep what a steady run that has written nothing looked at."""
        return cls(version, zlib.compress(pickle.dumps(looks), 1))

    def unpacked(self) -> Sequence[Look]:
        """Undo the packing. It never leaves the process."""
        looks: Sequence[Look] = pickle.loads(zlib.decompress(self.looks))
        return looks


def same(looks: Sequence[Look], sights: Mapping[str, Sight]) -> bool:
    """Tell whether everything is to the letter as it was."""
    return all(seen(sights.get(look.target.name)) == look.sight for look in looks)


def seen(sight: Sight) -> str:
    """Hash everything that a look at a part has shown."""
    if not isinstance(sight, Observed):
        return digest(str(sight))
    return digest({each.name: getattr(sight, each.name) for each in fields(sight) if each.compare})
