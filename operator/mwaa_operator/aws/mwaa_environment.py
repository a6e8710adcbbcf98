"""MWAA environments: created, watched through AWS's twelve states, changed field by field, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import OTHERS, Calls
from ..core.change import Change, changes
from ..core.errors import OutsideError, Problem, Trouble, unless_gone
from ..core.observed import Failure, Observed, State
from ..core.owner import OWNER_TAG
from ..core.part import Effect
from ..resources.mwaa import ENDPOINT_SERVICES, FILES, Environment
from . import mwaa_files, mwaa_options, mwaa_pending, mwaa_restart
from .kms_names import one_key
from .mwaa_log_groups import log_outputs
from .session import Aws
from .tags import tagging

MEMBERS: Mapping[str, str] = {
    "execution_role_arn": "ExecutionRoleArn",
    "source_bucket_arn": "SourceBucketArn",
    "dag_s3_path": "DagS3Path",
    **{f"{name}_s3_path": f"{member}S3Path" for name, member in FILES.items()},
    **{f"{name}_s3_object_version": f"{member}S3ObjectVersion" for name, member in FILES.items()},
    "airflow_version": "AirflowVersion",
    "environment_class": "EnvironmentClass",
    "min_workers": "MinWorkers",
    "max_workers": "MaxWorkers",
    "min_webservers": "MinWebservers",
    "max_webservers": "MaxWebservers",
    "schedulers": "Schedulers",
    "webserver_access_mode": "WebserverAccessMode",
    "endpoint_management": "EndpointManagement",
    "airflow_configuration_options": "AirflowConfigurationOptions",
    "identity_center_configuration": "IdentityCenterConfiguration",
    "teams": "Teams",
    "logging_configuration": "LoggingConfiguration",
    "weekly_maintenance_window_start": "WeeklyMaintenanceWindowStart",
    "kms_key": "KmsKey",
}
"""The model's fields whose value goes to the API as it is, and their members there."""

SHOWN: Mapping[str, str] = {
    **{f"{name}_s3_path": f"{member}S3Path" for name, member in FILES.items()},
    **{f"{name}_s3_object_version": f"{member}S3ObjectVersion" for name, member in FILES.items()},
    "min_workers": "MinWorkers",
    "max_workers": "MaxWorkers",
    "min_webservers": "MinWebservers",
    "max_webservers": "MaxWebservers",
    "schedulers": "Schedulers",
    "webserver_access_mode": "WebserverAccessMode",
    "endpoint_management": "EndpointManagement",
    "weekly_maintenance_window_start": "WeeklyMaintenanceWindowStart",
    "kms_key": "KmsKey",
    "service_role_arn": "ServiceRoleArn",
    "celery_executor_queue": "CeleryExecutorQueue",
    "database_vpc_endpoint_service": "DatabaseVpcEndpointService",
    "webserver_vpc_endpoint_service": "WebserverVpcEndpointService",
}
"""Outputs that are members of GetEnvironment as they are, what AWS has filled in among them."""
STATES: Mapping[str, tuple[State, str, str]] = {
    "CREATING": (State.BUSY, "Creating", "AWS is creating the environment; this usually takes 20 to 30 minutes"),
    "PENDING": (
        State.WAITING,
        "AwaitingEndpoints",
        "AWS waits for the VPC endpoints to its database and web server, which it leaves to the owner of the VPC to make",
    ),
    "UPDATING": (State.BUSY, "Updating", "AWS is updating the environment; this usually takes 10 to 30 minutes"),
    "CREATING_SNAPSHOT": (
        State.BUSY,
        "CreatingSnapshot",
        "AWS is saving the metadata database before it goes on; a change of version may take up to 2 hours",
    ),
    "ROLLING_BACK": (State.BUSY, "RollingBack", "AWS could not apply the update and is restoring the environment"),
    "AVAILABLE": (State.READY, "Available", ""),
    "MAINTENANCE": (
        State.READY,
        "UnderMaintenance",
        "AWS is maintaining the environment, which might be unavailable meanwhile",
    ),
    "UPDATE_FAILED": (State.FAILED, "UpdateFailed", "AWS could not apply the last update and restored the environment"),
    "CREATE_FAILED": (
        State.FAILED,
        "CreateFailed",
        "AWS could not create the environment. Correct the cause, then delete it in AWS: it is created anew",
    ),
    "UNAVAILABLE": (
        State.FAILED,
        "Unavailable",
        "AWS could neither finish the last request nor restore the environment. Ask AWS Support first if you need its run "
        "history, connections or variables, which go with it; then delete it in AWS: it is made anew as long as this object "
        "stands. Or let a second Environment take its place (spec.replaces)",
    ),
    "DELETING": (State.GOING, "Deleting", "AWS is deleting the environment"),
}
"""What each status of AWS means. DELETED is the same as not being there."""

LIMITS: Mapping[str, timedelta] = {"PENDING": timedelta(hours=72)}
"""How long AWS stays in a status before it gives up (guide, 03 section 10: customer-managed endpoints)."""
USUALLY: Mapping[str, timedelta] = {
    "CREATING": timedelta(minutes=30),
    "UPDATING": timedelta(minutes=30),
    "CREATING_SNAPSHOT": timedelta(hours=2),
    "ROLLING_BACK": timedelta(hours=2),
}
"""How long a status lasts at most as a rule (guide, 02 sections 7.4 and 16; 01 section 10)."""
CONDITIONS: Mapping[str, str] = {
    "MAINTENANCE": "UnderMaintenance",
    **dict.fromkeys(("UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK"), "Updating"),
}
"""What else is true of an environment in a status: it has been there before, and most of it can be used."""

UNTOUCHABLE = frozenset({"CREATING", "UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK", "MAINTENANCE"})
"""In these AWS refuses every change and the deletion."""


class MwaaEnvironment:
    """Environments are known by name: there is at most one in an account and region."""

    TYPE: ClassVar[str] = Environment.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "airflow:CreateEnvironment",
        "update": {OTHERS: "airflow:UpdateEnvironment", "tags": tagging("airflow:TagResource", "airflow:UntagResource")},
        "delete": "airflow:DeleteEnvironment",
    }

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def read(self, targets: Sequence[Target[Environment]]) -> Mapping[str, Observed]:
        """Look at each by its name; the API has no call for several."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[Environment]) -> Observed:
        """Ask for it with exactly the declared fields."""
        want = target.want
        answer = await self._aws.call(target.region, "mwaa", "create_environment", **create_params(want))
        known = {each.name: getattr(want, each.name) for each in fields(want) if each.metadata["compare"]}
        state, reason, message = STATES["CREATING"]
        return Observed(
            id=want.name,
            fields={name: value for name, value in known.items() if value is not None},
            outputs={"name": want.name, "arn": answer["Arn"], "status": "CREATING"},
            state=state,
            reason=reason,
            message=message,
            owner=want.tags.get(OWNER_TAG, ""),
            remember={**mwaa_restart.done(want.restart_at), **mwaa_options.after_create(target)},
        )

    async def update(self, target: Target[Environment], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Send only what differs; tags have calls of their own and need no update."""
        merged = {**observed.fields, **{change.path: change.desired for change in changes}}
        for change in changes:
            if change.path == "tags":
                merged["tags"] = await self._tag(target, observed, change.desired)
        params = update_params([change for change in changes if change.path != "tags"], target.want)
        restart = any(change.path == "restart_at" for change in changes)
        if restart and not params:
            # any update restarts: this one says what is so already (guide, 04 section 10.3)
            levels = observed.fields["logging_configuration"]
            params = update_params([Change("logging_configuration", levels, levels, Effect.RESTART)], target.want)
        tags: Any = merged.get("tags", {})
        observed = replace(observed, fields=merged, owner=tags.get(OWNER_TAG, ""))
        if not params:
            return observed
        _may_touch(observed, "updated")
        await self._aws.call(target.region, "mwaa", "update_environment", Name=observed.id, **params)
        # not read again: for a moment AWS may still show the status and the values of before
        state, reason, message = STATES["UPDATING"]
        return replace(
            observed,
            outputs={**observed.outputs, "status": "UPDATING"},
            state=state,
            reason=reason,
            message=message,
            condition=CONDITIONS["UPDATING"],
            failure=None,
            remember={
                **mwaa_restart.done(target.remembered.get(mwaa_restart.RESTARTED)),
                **self._remember(target, observed, params),
                **mwaa_restart.done(target.want.restart_at if restart else None),
                **mwaa_files.sent(changes, target.want, observed.outputs.get("updated_at")),
            },
        )

    def foretell(self, target: Target[Environment], observed: Observed, changes: Sequence[Change]) -> Mapping[str, str]:
        """Say what to remember before an update is sent, as long as nobody knows whether it arrived."""
        _may_touch(observed, "updated")
        restart = next((target.want.restart_at for change in changes if change.path == "restart_at"), None)
        sent = mwaa_options.foretold(target, observed.outputs.get("updated_at"))
        files = mwaa_files.sent(changes, target.want, observed.outputs.get("updated_at"))
        return {**mwaa_restart.foretold(target, restart), **sent, **files}

    async def delete(self, target: Target[Environment], observed: Observed) -> None:
        """Ask AWS to delete it, as soon as AWS takes requests for it."""
        _may_touch(observed, "deleted")
        with unless_gone():
            await self._aws.call(target.region, "mwaa", "delete_environment", Name=observed.id)

    async def _look(self, target: Target[Environment]) -> Observed | None:
        wanted = target.model.name if target.model else None
        for name in dict.fromkeys(name for name in (target.id, wanted) if name):
            with unless_gone():
                environment = (await self._aws.call(target.region, "mwaa", "get_environment", Name=name))["Environment"]
                if environment["Status"] != "DELETED":
                    seen = observe(mwaa_options.revealed(environment, target), target)
                    known = {**mwaa_files.kept(target.remembered), **mwaa_options.after_read(environment, target)}
                    return replace(seen, remember={**seen.remember, **known})
        return None

    @staticmethod
    def _remember(target: Target[Environment], observed: Observed, params: Mapping[str, Any]) -> Mapping[str, str]:
        """Keep what is remembered; of new options, what was sent."""
        if "AirflowConfigurationOptions" not in params:
            return mwaa_files.others(observed.remember)
        return mwaa_options.after_update(target, observed.outputs.get("updated_at"))

    async def _tag(self, target: Target[Environment], observed: Observed, tags: Any) -> dict[str, str]:
        arn, present = observed.outputs["arn"], observed.fields.get("tags", {})
        assert isinstance(present, Mapping)
        if given := {key: value for key, value in tags.items() if value}:
            await self._aws.call(target.region, "mwaa", "tag_resource", ResourceArn=arn, Tags=given)
        # MWAA has no empty tag values: a tag that shall be empty is taken away
        if empty := [key for key, value in tags.items() if not value and key in present]:
            await self._aws.call(target.region, "mwaa", "untag_resource", ResourceArn=arn, tagKeys=empty)
        return {key: value for key, value in {**present, **tags}.items() if value}


def create_params(want: Environment) -> dict[str, Any]:
    """Give the members of CreateEnvironment: nothing but what is declared."""
    assert isinstance(want.subnet_ids, tuple) and isinstance(want.security_group_ids, tuple)
    plain = {member: _for_aws(name, getattr(want, name)) for name, member in MEMBERS.items()}
    network = {"SubnetIds": list(want.subnet_ids), "SecurityGroupIds": list(want.security_group_ids)}
    given = {member: value for member, value in plain.items() if value is not None and (member, value) != ("Teams", {})}
    return {"Name": want.name, **given, "NetworkConfiguration": network, "Tags": dict(want.tags)}


def update_params(changes: Sequence[Change], want: Environment) -> dict[str, Any]:
    """Give the members of UpdateEnvironment for some differences. A path never goes without its version."""
    params: dict[str, Any] = {}
    for change in changes:
        if change.path == "security_group_ids":
            assert isinstance(change.desired, tuple)
            params["NetworkConfiguration"] = {"SecurityGroupIds": list(change.desired)}
        elif change.path == "teams":
            params["Teams"] = _team_changes(change)
        elif change.path in MEMBERS:
            params[MEMBERS[change.path]] = _for_aws(change.path, change.desired)
    for name, member in FILES.items():
        if f"{member}S3Path" in params:
            params[f"{member}S3ObjectVersion"] = getattr(want, f"{name}_s3_object_version")
    if params and want.worker_replacement_strategy:
        params["WorkerReplacementStrategy"] = want.worker_replacement_strategy
    return params


def _for_aws(field: str, value: Any) -> Any:
    return mwaa_options.plain_options(value) if field == "airflow_configuration_options" and value is not None else value


def _team_changes(change: Change) -> dict[str, Any]:
    present, wanted = change.observed, change.desired
    assert isinstance(present, Mapping) and isinstance(wanted, Mapping)
    changed = {name: dict(team) for name, team in wanted.items() if present.get(name) != team}
    gone = sorted(present.keys() - wanted.keys())
    return {**({"AddOrUpdate": changed} if changed else {}), **({"Remove": gone} if gone else {})}


def observe(environment: Mapping[str, Any], target: Target[Environment]) -> Observed:
    """Read the answer of GetEnvironment."""
    tags = environment.get("Tags") or {}
    restarted = mwaa_restart.last(environment, target)
    seen = Observed(
        id=environment["Name"],
        fields={**_fields(environment, target.model), "restart_at": restarted},
        outputs={**_outputs(environment), **mwaa_files.failed(environment, target.remembered)},
        owner=tags.get(OWNER_TAG, ""),
        remember=mwaa_restart.done(restarted),
        adoptable=target.owner.invited_by(tags),
    )
    status, failure = environment["Status"], _failure(environment)
    state, reason, message = STATES.get(
        status, (State.BUSY, "UnknownStatus", f"AWS reports the status {status}, which this operator does not know yet")
    )
    if status == "PENDING" and target.model and target.model.endpoints_by_others:
        reason, message = "AwaitingOthersEndpoints", mwaa_pending.for_others(environment)
    if failure:
        cause = f"{failure.code}: {failure.message}"
        message = f"{message}: {cause}" if message else f"the last update failed: {cause}"
    seen = replace(
        seen,
        state=state,
        reason=reason,
        message=message,
        usually=USUALLY.get(status),
        limit=LIMITS.get(status),
        condition=CONDITIONS.get(status, ""),
        worked=mwaa_options.moment((environment.get("LastUpdate") or {}).get("CreatedAt")),
        stillborn=status == "CREATE_FAILED",
    )
    if status in ("AVAILABLE", "UPDATE_FAILED"):
        seen = replace(seen, failure=failure or (Failure("Unknown", message) if status == "UPDATE_FAILED" else None))
    if status == "UPDATE_FAILED" and target.model and not changes(target.model, seen):
        # what failed is not asked for any more, and the restored environment is usable
        seen = replace(seen, state=State.READY)
    return seen


def _fields(environment: Mapping[str, Any], want: Environment | None) -> dict[str, object]:
    network = environment.get("NetworkConfiguration") or {}
    present: dict[str, object] = {name: environment[member] for name, member in MEMBERS.items() if member in environment}
    present["name"] = environment["Name"]
    present["dag_s3_path"] = str(environment.get("DagS3Path", "")).strip("/")
    present["subnet_ids"] = tuple(sorted(network.get("SubnetIds", ())))
    present["security_group_ids"] = tuple(sorted(network.get("SecurityGroupIds", ())))
    present["tags"] = environment.get("Tags") or {}
    present["logging_configuration"] = {
        category: {key: each[key] for key in ("Enabled", "LogLevel") if key in each}
        for category, each in (environment.get("LoggingConfiguration") or {}).items()
    }
    present["airflow_configuration_options"] = environment.get("AirflowConfigurationOptions") or {}
    present["teams"] = {
        name: {**team, "DagS3Path": str(team.get("DagS3Path", "")).strip("/")}
        for name, team in (environment.get("Teams") or {}).items()
    }
    for name, member in FILES.items():
        # what was never given is no member: it differs from what is asked for all the same
        present[f"{name}_s3_path"] = str(environment.get(f"{member}S3Path") or "").strip("/") or None
        present[f"{name}_s3_object_version"] = environment.get(f"{member}S3ObjectVersion")
    present.setdefault("identity_center_configuration", None)
    key = environment.get("KmsKey")
    present["kms_key"] = want.kms_key if want and one_key(want.kms_key, key) else key
    return present


def _failure(environment: Mapping[str, Any]) -> Failure | None:
    last = environment.get("LastUpdate") or {}
    if last.get("Status") != "FAILED":
        return None
    error = last.get("Error") or {}
    return Failure(error.get("ErrorCode", "Unknown"), error.get("ErrorMessage", "AWS gives no reason"))


def _outputs(environment: Mapping[str, Any]) -> dict[str, object]:
    last = environment.get("LastUpdate") or {}
    network = environment.get("NetworkConfiguration") or {}
    failure = _failure(environment)
    outputs = {
        "name": environment["Name"],
        "arn": environment.get("Arn"),
        "status": environment["Status"],
        "created_at": _time(environment.get("CreatedAt")),
        "airflow_version": environment.get("AirflowVersion"),
        "environment_class": environment.get("EnvironmentClass"),
        "webserver_host": str(environment.get("WebserverUrl") or "").removeprefix("https://") or None,
        **log_outputs(environment),
        "source_bucket_arn": environment.get("SourceBucketArn"),
        "dag_s3_path": environment.get("DagS3Path"),
        "execution_role_arn": environment.get("ExecutionRoleArn"),
        "subnet_ids": sorted(network.get("SubnetIds", ())),
        "security_group_ids": sorted(network.get("SecurityGroupIds", ())),
        **{name: environment.get(member) for name, member in SHOWN.items()},
        "endpoint_services": tuple(environment[each] for each in ENDPOINT_SERVICES if environment.get(each)),
        "updated_at": mwaa_options.moment(last.get("CreatedAt")),
        "last_update": {
            "status": last.get("Status"),
            "error": f"{failure.code}: {failure.message}" if failure else None,
            "created_at": _time(last.get("CreatedAt")),
        },
    }
    return {name: value for name, value in outputs.items() if value is not None}


def _time(value: Any) -> str | None:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else None


def _may_touch(observed: Observed, verb: str) -> None:
    """Spare AWS a request that it refuses in words which look like bad input."""
    if observed.outputs.get("status") in UNTOUCHABLE:
        text = f"the environment {observed.id} is {observed.reason}: it is {verb} when AWS is done with that"
        raise OutsideError(Problem(Trouble.NOT_YET, observed.reason, text))
