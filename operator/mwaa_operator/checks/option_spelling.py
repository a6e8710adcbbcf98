"""Does Airflow have the options, and do their values have its types? Pure. All of it are warnings: code may read others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from difflib import get_close_matches

from ..core.catalogue import Catalogue
from ..core.catalogue.known_options import KnownOptions
from ..core.finding import Finding, Severity
from .airflow_options import WHERE

BOOLEANS = frozenset({"t", "true", "1", "f", "false", "0"})
"""How Airflow reads yes and no, in any case."""
INDIRECT = ("_cmd", "_secret")
"""Behind the name of a sensitive option: where its value comes from."""
TYPES: Mapping[str, str] = {
    "int": "a whole number, such as `32`",
    "float": "a number, such as `30` or `0.5`",
    "bool": "`True` or `False`",
}


def names(given: frozenset[str], version: str, known: KnownOptions, catalogue: Catalogue) -> Iterator[Finding]:
    """Name options that this Airflow does not have in sections that are its own.

    Args:
        given: all that are set.
        version: of Airflow; empty when it is not known.
        known: Airflow's options.
        catalogue: its options count as known, and have findings of their own.
    """
    judged = frozenset(known.like(version))
    there = {name for name, option in known.options.items() if judged.intersection(option.versions)}
    for name in sorted(given - catalogue.options.keys() - there):
        section, _, option = name.rpartition(".")
        if not judged.intersection(known.sections.get(section, ())):
            continue
        if any(option.endswith(end) and f"{section}.{option.removesuffix(end)}" in there for end in INDIRECT):
            continue
        airflow = f"Airflow {version}" if version in known.versions else "Airflow"
        yield Finding(
            "OptionUnknown",
            f"{WHERE}[{name}]",
            f"{airflow} has no option {name}{_elsewhere(name, known)}: AWS would restart the environment for it, and "
            f"nothing would read it. {_meant(name, there | catalogue.options.keys(), known)}",
            Severity.WARNING,
        )


def values(given: Mapping[str, str], known: KnownOptions) -> Iterator[Finding]:
    """Name values that Airflow cannot read; no message shows one, since it may be a secret in the wrong place."""
    for name, value in sorted(given.items()):
        option = known.options.get(name)
        if option and option.type and not _reads(option.type, value):
            text = f"{name} takes {TYPES[option.type]}, and Airflow fails where it reads another value. Correct it."
            yield Finding("OptionValueOfOtherType", f"{WHERE}[{name}]", text, Severity.WARNING)


def _meant(name: str, there: Set[str], known: KnownOptions) -> str:
    option = name.rpartition(".")[2]
    same = sorted(each for each in there if each.rpartition(".")[2] == option)
    # the name of another version is no slip of the pen
    near = [] if name in known.options else get_close_matches(name, sorted(there), n=1, cutoff=0.8)
    meant = next(iter([*same, *near]), "")
    return f"Do you mean {meant}? Otherwise take it out." if meant else "Correct the name, or take it out."


def _elsewhere(name: str, known: KnownOptions) -> str:
    other = known.options.get(name)
    return f", which is one of {other.versions[0]} to {other.versions[-1]}" if other else ""


def _reads(type_: str, value: str) -> bool:
    if type_ == "bool":
        # Airflow takes what stands behind a # for a remark
        return value.partition("#")[0].strip().lower() in BOOLEANS
    try:
        int(value) if type_ == "int" else float(value)
    except ValueError:
        return False
    return True
