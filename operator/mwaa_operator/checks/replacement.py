"""What AWS does not carry over when one environment takes the place of another (guide, migration). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Severity


def findings(replaced: str | None, back: bool) -> Iterator[Finding]:
    """Tell those who replace an environment what they lose.

    Args:
        replaced: the name of its object, where there is one.
        back: whether that one names this one in turn.
    """
    if replaced and back:
        yield Finding(
            "ReplacesEachOther",
            "spec.replaces",
            f"{replaced} replaces this environment in turn, so neither of them ever goes. "
            "Take `replaces` out of the older one.",
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
