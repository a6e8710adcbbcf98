"""What is noted of a part that is exactly as asked: only then is a later difference drift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .change import fingerprint
from .memory import PartMemory
from .observed import Sight
from .owner import GROUP
from .part import Model
from .policy import Policy, as_found


def settled(model: Model, sight: Sight, policy: Policy) -> str:
    """Hash what a part is settled on; one that is used as it was found has none of our marks, and lacks none."""
    return fingerprint(_unmarked(model)) if as_found(sight, policy) else fingerprint(model)


def is_drift(model: Model, sight: Sight, memory: PartMemory | None, policy: Policy) -> bool:
    """Tell whether a difference was made in AWS, and not by an edit: what is asked for is what it was settled on."""
    if memory is None or memory.applied is None:
        return False
    # an older release has noted the marks of what was found too
    return memory.applied in (settled(model, sight, policy), *([fingerprint(model)] if as_found(sight, policy) else []))


def _unmarked(model: Model) -> Model:
    tags = getattr(model, "tags", None)
    if not isinstance(tags, Mapping):
        return model
    own = {key: value for key, value in tags.items() if not key.startswith(f"{GROUP}/")}
    return replace(model, tags=own)  # type: ignore[call-arg]
