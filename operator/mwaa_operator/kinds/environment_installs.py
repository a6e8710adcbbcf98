"""What the components of an environment say of their startup script and their requirements, and the logs that they lack."""

from __future__ import annotations

from collections.abc import Iterator

from ..api.environment import EnvironmentSpec
from ..checks import install_logs
from ..core.finding import Finding
from ..core.kind import Context, Object
from ..resources.mwaa import log_group_name
from . import environment_artefacts
from .delivered import FACTS

LOGS = {
    "scheduler_logs": ("schedulerLogs", "SchedulerLogs"),
    "worker_logs": ("workerLogs", "WorkerLogs"),
    "webserver_logs": ("webserverLogs", "WebserverLogs"),
}
"""The fields of `spec.loggingConfiguration` for what installs, how users write them, and their categories in the API."""


def findings(obj: Object[EnvironmentSpec], context: Context) -> Iterator[Finding]:
    """Name logs that are off, or too quiet."""
    quiet = [shown for field, (shown, category) in LOGS.items() if not _is_heard(obj, field, category)]
    script, requirements = (has(obj, context, file) for file in ("startup_script", "requirements"))
    yield from install_logs.findings(quiet, script=script, requirements=requirements)


def has(obj: Object[EnvironmentSpec], context: Context, file: str) -> bool:
    """Tell whether an environment has a file, from its spec or from a source."""
    given = getattr(obj.spec, f"{file}_s3_path") is not None
    return given or FACTS[file] in environment_artefacts.declared(obj, context)


def _is_heard(obj: Object[EnvironmentSpec], field: str, category: str) -> bool:
    declared = obj.spec.logging_configuration and getattr(obj.spec.logging_configuration, field)
    if declared:
        return bool(declared.enabled and declared.log_level.value in install_logs.HEARD)
    # what is left out keeps what AWS has chosen: that shows once the environment is there
    name = log_group_name(str(obj.facts.get("environmentName")), category)
    return "environmentArn" not in obj.facts or name in (obj.facts.get("logGroups") or ())
