"""The Airflow versions that are installed for real, and which of them stands in for another version.

Only one release of each major is pinned: an environment that asks for another is emulated by its neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files


class UnknownAirflowError(ValueError):
    """No pinned Airflow has this major version."""


@dataclass(frozen=True, slots=True)
class PinnedAirflow:
    """One release, its lock file, and the Pythons it runs on."""

    version: str
    resolved_on: str
    python_below: tuple[int, int]

    @property
    def major(self) -> int:
        """2 or 3: they differ in processes, options and the REST API."""
        return int(self.version.partition(".")[0])

    def constraints(self) -> str:
        """The text of the lock file: every package with its hashes, no registry address."""
        return (files("mwaa_emulator") / "constraints" / f"airflow-{self.version}.txt").read_text()


PINNED = (
    PinnedAirflow("3.3.1", resolved_on="2026-08-13", python_below=(3, 15)),
    PinnedAirflow("2.11.2", resolved_on="2026-04-01", python_below=(3, 13)),
)
DEFAULT = PINNED[0]


def emulated_by(version: str) -> PinnedAirflow:
    """The pinned release that stands in for the version an environment asks for: the one of the same major."""
    for pinned in PINNED:
        if version.partition(".")[0] == str(pinned.major):
            return pinned
    raise UnknownAirflowError(f"Airflow {version} cannot be emulated: there is {' and '.join(p.version for p in PINNED)}")
