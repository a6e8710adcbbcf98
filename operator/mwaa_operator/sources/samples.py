"""What samples of the catalogue bring to a DAG source: files, plugins and lines of requirements, with their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..api.dag_source_samples import Sample
from ..api.samples import CATALOGUE
from .files import Source
from .requirements import Input

BLANK = "PARAMETERS: dict[str, str] = {}"
"""The line of a sample's Python that its parameters are written in."""


@dataclass(frozen=True)
class Statement:
    """What one sample needs of the execution role."""

    sample: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


def dags(samples: Iterable[Sample]) -> Iterator[Source]:
    """Give the DAG file of each that has one."""
    for each in samples:
        if file := CATALOGUE[each.name].dag:
            yield Source(_where(each), {file: _rendered(each, file)})


def plugins(samples: Iterable[Sample]) -> Iterator[Source]:
    """Give the plugins of each that has some."""
    for each in samples:
        if files := CATALOGUE[each.name].plugins:
            yield Source(_where(each), {file: _rendered(each, file) for file in files})


def requirements(samples: Iterable[Sample]) -> Iterator[Input]:
    """Give the lines of each that has some."""
    for each in samples:
        entry = CATALOGUE[each.name]
        if entry.requirements:
            lines = (line.format_map(entry.values(each.parameters)) for line in entry.requirements)
            yield Input(_where(each), "\n".join(lines))


def statements(samples: Iterable[Sample], partition: str, region: str, account: str) -> Iterator[Statement]:
    """Say what each needs of the execution role beyond the least policy."""
    for each in samples:
        entry = CATALOGUE[each.name]
        known = {**entry.values(each.parameters), "partition": partition, "region": region, "account": account}
        for permission in entry.permissions:
            yield Statement(each.name, permission.actions, tuple(arn.format_map(known) for arn in permission.resources))


def _where(sample: Sample) -> str:
    return f"spec.samples[{sample.name}]"


def _rendered(sample: Sample, file: str) -> bytes:
    """Write the parameters into a file: as a literal of Python, which no value can break out of."""
    entry = CATALOGUE[sample.name]
    text, values = entry.text(file), entry.values(sample.parameters)
    if not file.endswith(".py"):
        return text.format_map(values).encode()
    return text.replace(BLANK, f"{BLANK.removesuffix('{}')}{values!r}", 1).encode()
