"""What the components of an environment say of their startup script and their requirements, and the logs that they lack."""

from __future__ import annotations

from collections.abc import Iterator

from ..api.environment import EnvironmentSpec
from ..checks import install_logs
from ..core.finding import Finding
from ..core.kind import Context, Object
from ..core.part import Part, Ref, Until
from ..resources.install_logs import InstallLogs
from ..resources.mwaa import log_group_name
from . import environment_artefacts
from .delivered import FACTS

LOGS = {
    "scheduler_logs": ("schedulerLogs", "SchedulerLogs"),
    "worker_logs": ("workerLogs", "WorkerLogs"),
    "webserver_logs": ("webserverLogs", "WebserverLogs"),
}
"""The fields of `spec.loggingConfiguration` for what installs, how users write them, and their categories in the API."""


CONDITIONS = {"requirements": "RequirementsInstalled", "startup_script": "StartupScriptSucceeded"}


def parts(obj: Object[EnvironmentSpec], context: Context, environment: str) -> Iterator[Part]:
    """Give a part for each file that components say something of when they start.

    Args:
        obj: the environment.
        context: has its sources.
        environment: the part that is looked at.
    """
    running = context.catalogue.versions.get(obj.spec.airflow_version or str(obj.facts.get("airflowVersion") or ""))
    told = ("status", "created_at", "last_update", "log_groups")
    known = {name: Ref(environment, name, Until.KNOWN) for name in told}
    for file in CONDITIONS:
        there = has(obj, context, file)
        emptied = file == "startup_script" and not there and FACTS[file] in (obj.facts.get("declaredFiles") or ())
        if there or emptied:
            model = InstallLogs(
                file=file,
                environment=Ref(environment, "name", Until.KNOWN),
                python=str(running.python or "") if running else "",
                emptied=emptied,
                **known,
            )
            yield Part(f"started/{FACTS[file]}", model, condition=CONDITIONS.get(file))


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
