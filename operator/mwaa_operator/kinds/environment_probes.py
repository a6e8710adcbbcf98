"""The parts that a user asks for by `spec.probes`: none of them is there otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..api.duration import span
from ..api.environment_probes import Probes
from ..core.observed import Observed, Sight
from ..core.part import Part, Ref
from ..resources.probes import PausesOfTasks, SchedulerBeats, WebserverAnswers

LOAD, LOAD_EVERY = "probe/load", 6
"""In which of the checks the load is looked at: each look sees three hours."""


def parts(probes: Probes | None, environment: str) -> Iterator[Part]:
    """Give a part for each probe that is asked for.

    Args:
        probes: of the spec.
        environment: the part that is looked at.
    """
    if probes is None:
        return
    name, status = Ref(environment, "name"), Ref(environment, "status")
    if probes.webserver:
        host, mode = Ref(environment, "webserver_host"), Ref(environment, "webserver_access_mode")
        yield Part("probe/webserver", WebserverAnswers(name, host, mode, status), condition="WebserverReachable")
    if probes.scheduler_heartbeat:
        beats = SchedulerBeats(name, status, span(probes.scheduler_heartbeat))
        yield Part("probe/scheduler", beats, condition="SchedulerHealthy")
    if probes.load:
        fewest, most = Ref(environment, "min_workers"), Ref(environment, "max_workers")
        yield Part(LOAD, PausesOfTasks(name, fewest, most), every=LOAD_EVERY)


def facts(sights: Mapping[str, Sight]) -> dict[str, Any]:
    """Publish what the look at the load has found: the advice of the next look comes from it."""
    load = sights.get(LOAD)
    return {"idleGapMinutes": load.outputs.get("pause") if isinstance(load, Observed) else None}
