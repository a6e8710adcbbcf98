"""DAGs that come with the operator and are delivered on request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

from ..files import Source


def provided(names: Iterable[str]) -> Source:
    """Give the files of the DAGs that are asked for, by their names in `spec.providedDags`, such as `PrintOptions`."""
    return Source("spec.providedDags", {f"mwaa_operator_{_snake(name)}.py": _text(_snake(name)) for name in names})


def _snake(name: str) -> str:
    return re.sub("(?<=.)([A-Z])", r"_\1", name).lower()


@cache
def _text(name: str) -> bytes:
    return resources.files(__package__).joinpath(f"{name}.txt").read_bytes()
