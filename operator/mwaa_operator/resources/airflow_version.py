"""Which version of Airflow an environment can be changed to in place.

AWS's user guide ("Changing the Apache Airflow version"): within a major version up and down; to 3 only from 2.11, and back
to 2.11 only.
"""

from __future__ import annotations

import re

from ..core.catalogue import BUILT_IN, version_tuple

GATE = (2, 11)
"""The minor version through which a change of the major version goes."""


def parsed(version: str) -> tuple[int, ...]:
    """Give the leading numbers of a version."""
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def is_downgrade(old: str, new: str) -> bool:
    """Tell whether the second is older than the first."""
    return parsed(new) < parsed(old)


def no_way(old: str, new: str) -> str:
    """Say why there is no way from one version to another in place, and what to do; empty when there is one."""
    before, after = parsed(old), parsed(new)
    if before[:1] == after[:1]:
        return ""
    if {before[:1], after[:1]} == {(2,), (3,)}:
        two = before if before[0] == 2 else after
        if two[:2] == GATE:
            return ""
        if before[0] == 2:
            way = f"set a 2.11 first, and {new} when that runs, or make a new Environment with {new}"
            return f"AWS changes to Airflow 3 from 2.11 only: {way}"
        return "AWS changes from Airflow 3 back to 2.11 only: take a 2.11, or make a new Environment"
    there = f"make a new Environment with {new}, and move your DAGs there"
    if after[:1] not in {version_tuple(each)[:1] for each in BUILT_IN.versions}:
        return f"no Airflow {after[0]} is known to this operator: correct the version. Where AWS has it, {there}"
    return f"AWS does not change the major version in place: {there}"
