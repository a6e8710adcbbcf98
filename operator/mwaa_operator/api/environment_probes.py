"""What is looked at beside Airflow's own word, each for a further call: nothing unless asked for."""

from __future__ import annotations

from .duration import Duration
from .shared import ApiModel


class Probes(ApiModel):
    """Further looks at a running environment. Each costs one call at every look, `load` at one look in six."""

    webserver: bool = False
    """Ask the web server for a page, and say in `WebserverReachable` whether it answers. A private one answers only an
    operator that runs in its VPC or has a way there: for any other the condition is Unknown."""
    scheduler_heartbeat: Duration | None = None
    """Ask CloudWatch for the metric `SchedulerHeartbeat`, and say in `SchedulerHealthy` whether there was one within this
    time, such as `10m`. The operator needs `cloudwatch:GetMetricData`."""
    load: bool = False
    """Ask CloudWatch for the metrics `QueuedTasks` and `RunningTasks` of the last three hours, and advise in `Preflight`
    where workers go and are wanted back at once. Nothing is asked where the number of workers is fixed. The operator needs
    `cloudwatch:GetMetricData`."""
