"""How many containers CloudWatch counts, beside how many were declared (guide 04, section 6.6). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..engine.ports import Body
from .output import table


@dataclass(frozen=True)
class Component:
    """A sort of container."""

    name: str
    fields: tuple[str, str]
    """The fields of the status with the fewest and the most of them."""
    metrics: tuple[tuple[str, ...], ...]
    """Under which names it is counted: of the first that is there, all parts are added up."""


COMPONENTS = (
    Component("schedulers", ("schedulers", "schedulers"), (("NumSchedulers",), ("Scheduler",))),
    Component("workers", ("minWorkers", "maxWorkers"), (("NumWorkers",), ("BaseWorker", "AdditionalWorker"))),
    Component(
        "web servers",
        ("minWebservers", "maxWebservers"),
        (("NumWebservers",), ("WebServer", "AdditionalWebserver", "AdditionalWebservers")),
    ),
)
"""The metrics `Num...` where AWS has them, else the samples of each cluster: those that scale have one beside their base."""


def rows(body: Body, counted: Mapping[str, int]) -> list[tuple[str, str, str]]:
    """Give for each component what the status declares, and what was counted."""
    return [(each.name, _declared(body, each), _counted(each, counted)) for each in COMPONENTS]


def lines(body: Body, counted: Mapping[str, int]) -> Iterator[str]:
    """Write them for people."""
    yield ""
    yield from table(("COMPONENT", "DECLARED", "COUNTED"), rows(body, counted), indent="  ")


def _declared(body: Body, component: Component) -> str:
    fewest, most = (body.get("status", {}).get(field) for field in component.fields)
    if fewest is None or most is None:
        return "unknown"
    return str(most) if fewest == most else f"{fewest} to {most}"


def _counted(component: Component, counted: Mapping[str, int]) -> str:
    for names in component.metrics:
        if there := [counted[name] for name in names if name in counted]:
            return str(sum(there))
    return "unknown"
