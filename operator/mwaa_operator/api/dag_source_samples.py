"""Samples as a DAG source declares them: a name of the catalogue, and parameters (guide 03, section 18)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from .rule import Rule, map_of, quoted
from .samples import CATALOGUE
from .shared import ApiModel


def _known(name: str) -> str:
    if name not in CATALOGUE:
        raise PydanticCustomError("rule", "{message}", {"message": f"must be one of {', '.join(CATALOGUE)}"})
    return name


SampleName = Annotated[str, Field(json_schema_extra={"enum": [*CATALOGUE]}), AfterValidator(_known)]
"""The name of a sample of the catalogue."""


EVERY = {f"{name}.{key}": about for name, entry in CATALOGUE.items() for key, about in entry.parameters.items()}
"""Every parameter, by sample and name."""
NEEDED = tuple(each for each, about in EVERY.items() if about.default is None)
HOW = "`kubectl mwaa samples NAME` lists them"


def _there(each: str) -> str:
    """Say in CEL that a parameter is given."""
    name, _, key = each.partition(".")
    return f"self.name == {quoted(name)} && has(self.parameters) && {quoted(key)} in self.parameters"


def _lacks(sample: Any) -> bool:
    given = {f"{sample.name}.{key}" for key in sample.parameters}
    return any(each.startswith(f"{sample.name}.") and each not in given for each in NEEDED)


def _fits(sample: Any) -> bool:
    found = ((EVERY.get(f"{sample.name}.{key}"), value) for key, value in sample.parameters.items())
    return all(re.fullmatch(about.matches, value) for about, value in found if about)


RULES = (
    Rule(
        "!has(self.parameters) || "
        f"self.parameters.all(key, (self.name + '.' + key) in [{', '.join(map(quoted, sorted(EVERY)))}])",
        f"the sample has no such parameter: {HOW}",
        lambda sample: all(f"{sample.name}.{key}" in EVERY for key in sample.parameters),
        "parameters",
    ),
    Rule(
        " && ".join(f"(self.name != {quoted(each.partition('.')[0])} || ({_there(each)}))" for each in NEEDED),
        f"the sample needs a parameter that is not given, of {', '.join(NEEDED)}: {HOW}",
        lambda sample: not _lacks(sample),
        "parameters",
    ),
    Rule(
        " && ".join(
            f"(!({_there(each)}) || self.parameters[{quoted(each.partition('.')[2])}]"
            f".matches({quoted(f'^(?:{about.matches})$')}))"
            for each, about in EVERY.items()
        ),
        f"a parameter has another form than the sample takes: {HOW}, each with its form",
        _fits,
        "parameters",
    ),
)
"""Which parameters an entry has, which it needs, and what they may be."""


class Sample(ApiModel):
    """One sample. `kubectl mwaa samples` lists all, with what each brings and needs."""

    name: SampleName
    """Its name in the catalogue."""
    parameters: Annotated[Mapping[str, Annotated[str, Field(max_length=1024)]], Field(max_length=20)] = Field(
        default_factory=dict
    )
    """What it is made with: text. Those that are left out have the catalogue's values."""

    RULES = RULES


Samples = Annotated[tuple[Sample, ...], Field(max_length=20), map_of("name")]


def bring(samples: tuple[Sample, ...], what: str) -> bool:
    """Tell whether one of them brings `plugins` or `requirements`."""
    return any(getattr(CATALOGUE[each.name], what) for each in samples)
