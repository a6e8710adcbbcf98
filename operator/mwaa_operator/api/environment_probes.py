"""What is looked at beside Airflow's own word, each for a further call at every look: nothing unless asked for."""

from __future__ import annotations

from .duration import Duration
from .shared import ApiModel


class Probes(ApiModel):
    """Further looks at a running environment. Each costs one call at every look."""

    webserver: bool = False
    """Ask the web server for a page, and say in `WebserverReachable` whether it answers. A private one answers only an
    operator that runs in its VPC or has a way there: for any other the condition is Unknown."""
    scheduler_heartbeat: Duration | None = None
    """Ask CloudWatch for the metric `SchedulerHeartbeat`, and say in `SchedulerHealthy` whether there was one within this
    time, such as `10m`. The operator needs `cloudwatch:GetMetricData`."""
