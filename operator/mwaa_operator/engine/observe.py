"""Looking: all parts of a type in one call, all types at once."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..core.adapter import Adapter, Target
from ..core.errors import OutsideError
from ..core.observed import Sight, Unreadable
from .act import internal

log = logging.getLogger(__name__)


async def observe(adapters: Mapping[str, Adapter[Any]], targets: Iterable[tuple[str, Target[Any]]]) -> dict[str, Sight]:
    """Look at parts.

    Args:
        adapters: by type.
        targets: each part's type and target.

    Returns:
        What was seen, for every target. A part whose type could not be read is `Unreadable`; the others are not affected.
    """
    by_type: dict[str, list[Target[Any]]] = defaultdict(list)
    for type_, target in targets:
        by_type[type_].append(target)
    seen = await asyncio.gather(*(_read(adapters[type_], group) for type_, group in by_type.items()))
    return {name: sight for sights in seen for name, sight in sights.items()}


async def _read(adapter: Adapter[Any], targets: Sequence[Target[Any]]) -> dict[str, Sight]:
    try:
        found = await adapter.read(targets)
    except OutsideError as error:
        return {target.name: Unreadable(error.problem) for target in targets}
    except Exception as error:
        # a fault of our own in one type must not hide the others, nor what this run has made
        log.exception("the look at %s failed in a way nobody foresaw", adapter.TYPE)
        return {target.name: Unreadable(internal(error)) for target in targets}
    return {target.name: found.get(target.name) for target in targets}
