"""The parts that a user asks for by `spec.probes`: none of them is there otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from ..api.duration import span
from ..api.environment_probes import Probes
from ..core.part import Part, Ref
from ..resources.probes import SchedulerBeats, WebserverAnswers


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
