"""Rules of a request that the service model cannot say: pure, all findings at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mwaa_emulator.mwaa import catalogue
from mwaa_emulator.mwaa.catalogue import version_tuple

_FILES = (
    ("PluginsS3Path", "PluginsS3ObjectVersion"),
    ("RequirementsS3Path", "RequirementsS3ObjectVersion"),
    ("StartupScriptS3Path", "StartupScriptS3ObjectVersion"),
)


def with_defaults(params: dict[str, Any], versions: tuple[str, ...] = catalogue.AIRFLOW_VERSIONS) -> dict[str, Any]:
    """The settings of a new environment: what was given, then what AWS fills in."""
    settings = {key: value for key, value in params.items() if key not in ("Name", "Tags")}
    settings.setdefault("AirflowVersion", catalogue.newest(versions))
    settings.setdefault("EnvironmentClass", catalogue.DEFAULT_CLASS)
    limits = catalogue.ENVIRONMENT_CLASSES.get(settings["EnvironmentClass"], catalogue.EnvironmentClass())
    settings.setdefault("MaxWorkers", max(catalogue.DEFAULT_MAX_WORKERS, settings.get("MinWorkers", 0)))
    settings.setdefault("MinWorkers", catalogue.DEFAULT_MIN_WORKERS)
    settings.setdefault("Schedulers", limits.schedulers[2])
    settings.setdefault("MinWebservers", limits.webservers[2])
    settings.setdefault("MaxWebservers", max(limits.webservers[2], settings["MinWebservers"]))
    settings.setdefault("WebserverAccessMode", catalogue.DEFAULT_ACCESS_MODE)
    settings.setdefault("EndpointManagement", "SERVICE")
    settings.setdefault("WeeklyMaintenanceWindowStart", _window(params.get("Name", "")))
    return settings


def _window(name: str) -> str:
    days = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
    slot = sum(name.encode())
    return f"{days[slot % 7]}:{slot % 24:02d}:{'00' if slot % 2 else '30'}"


def merged(settings: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """The settings after an update: what it names is replaced, all else stays."""
    result = {**settings}
    for key, value in params.items():
        if key in ("Name", "WorkerReplacementStrategy"):
            continue
        if key in ("NetworkConfiguration", "LoggingConfiguration"):
            result[key] = {**(settings.get(key) or {}), **value}
        elif key == "Teams":
            result[key] = _teams(settings.get(key) or {}, value)
        else:
            result[key] = value
    return result


def _teams(present: dict[str, Any], update: dict[str, Any]) -> dict[str, Any] | None:
    kept = {name: team for name, team in present.items() if name not in update.get("Remove", ())}
    return {**kept, **update.get("AddOrUpdate", {})} or None


def findings(settings: dict[str, Any]) -> Iterator[str]:
    """What is wrong with settings as a whole."""
    yield from _version_findings(settings)
    yield from _size_findings(settings)
    for path, version in _FILES:
        if settings.get(path) and not settings.get(version):
            yield f"{version} is required when {path} is specified."
    key = settings.get("KmsKey", "")
    if "alias/" in key:
        yield f"KmsKey {key} is an alias: specify a key ID or key ARN."
    if settings.get("Teams") and not settings.get("IdentityCenterConfiguration"):
        yield "Teams require IdentityCenterConfiguration."
    yield from _overlaps(settings)


def _version_findings(settings: dict[str, Any]) -> Iterator[str]:
    version = settings["AirflowVersion"]
    if version not in catalogue.AIRFLOW_VERSIONS:
        yield f"Airflow version {version} is not supported. Supported versions: {', '.join(catalogue.AIRFLOW_VERSIONS)}."
    mode = settings.get("WebserverAccessMode")
    if mode == "PUBLIC_AND_PRIVATE" and version_tuple(version) < catalogue.FIRST_WITH_PUBLIC_AND_PRIVATE:
        yield "WebserverAccessMode PUBLIC_AND_PRIVATE requires Apache Airflow version 3.2 or later."


def _size_findings(settings: dict[str, Any]) -> Iterator[str]:
    name = settings["EnvironmentClass"]
    limits = catalogue.ENVIRONMENT_CLASSES.get(name)
    if limits is None:
        yield f"EnvironmentClass {name} is not valid. Valid values: {', '.join(catalogue.ENVIRONMENT_CLASSES)}."
    else:
        for member, (least, most, _) in (
            ("Schedulers", limits.schedulers),
            ("MinWebservers", limits.webservers),
            ("MaxWebservers", limits.webservers),
        ):
            if not least <= settings[member] <= most:
                yield f"{member} must be between {least} and {most} for {name}."
    if settings["MaxWorkers"] > catalogue.MAX_WORKERS_QUOTA:
        yield f"MaxWorkers must not exceed {catalogue.MAX_WORKERS_QUOTA}, the quota of this account."
    if settings["MinWorkers"] > settings["MaxWorkers"]:
        yield "MinWorkers must be less than or equal to MaxWorkers."
    if settings["MinWebservers"] > settings["MaxWebservers"]:
        yield "MinWebservers must be less than or equal to MaxWebservers."


def _overlaps(settings: dict[str, Any]) -> Iterator[str]:
    teams = settings.get("Teams") or {}
    folders = [("the global folder", settings["SourceBucketArn"], settings["DagS3Path"])]
    folders += [(f"team {name}", team["SourceBucketArn"], team["DagS3Path"]) for name, team in teams.items()]
    for index, (left, bucket, path) in enumerate(folders):
        for right, other_bucket, other_path in folders[index + 1 :]:
            if bucket == other_bucket and (path.startswith(other_path) or other_path.startswith(path)):
                yield f"DAG folders must not overlap: {left} and {right}."


def version_change_refused(present: str, wanted: str) -> str | None:
    """Why an environment cannot move from one Airflow version to another in place, or None."""
    old, new = version_tuple(present), version_tuple(wanted)
    if old[:1] == (2,) and new[:1] == (3,) and old < catalogue.LAST_STOP_BEFORE_3:
        return (
            f"Apache Airflow version {present} cannot be upgraded to {wanted} in place: "
            "update to 2.11 first, or create a new environment."
        )
    if old[:1] == (3,) and new[:1] == (2,) and new < catalogue.LAST_STOP_BEFORE_3:
        return f"Apache Airflow version {present} cannot be downgraded to {wanted}: the oldest target is 2.11."
    return None
