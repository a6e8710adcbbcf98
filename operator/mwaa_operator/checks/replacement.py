"""What AWS does not carry over when one environment takes the place of another (guide, migration). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ..core.finding import Finding, Severity


def findings(replaced: str | None, circle: Sequence[str]) -> Iterator[Finding]:
    """Tell those who replace an environment what they lose.

    Args:
        replaced: the name of its object, where there is one.
        circle: the names from that one on that lead back to this one; empty where they do not.
    """
    if circle:
        steps = "".join(f"{one} replaces {next_}, " for one, next_ in pairwise(circle))
        yield Finding(
            "ReplacesEachOther",
            "spec.replaces",
            f"{steps}{circle[-1]} replaces this environment in turn, so none of them ever goes. Take `replaces` out of the "
            "oldest one.",
            Severity.WARNING,
        )
    if replaced:
        yield Finding(
            "RunHistoryNotCopied",
            "spec.replaces",
            f"nothing in the metadata database of {replaced} is copied: no run history, and no connections, variables and "
            "pools that were made in its Airflow. Export what you need. While both exist, both run the same DAGs, unless "
            "those are paused in one of them.",
            Severity.WARNING,
        )
