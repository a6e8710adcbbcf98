"""The operations of MWAA on a store of environments."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mwaa_emulator.clock import ScaledClock
from mwaa_emulator.mwaa import catalogue, rules
from mwaa_emulator.mwaa.environment import Environment
from mwaa_emulator.mwaa.errors import ServiceError, invalid, not_found
from mwaa_emulator.mwaa.lifecycle import Lifecycle
from mwaa_emulator.mwaa.states import SERVING, Progress, Status, create_course, delete_course, update_course
from mwaa_emulator.mwaa.tokens import TokenIssuer
from mwaa_emulator.runtime import AirflowUnreachableError

PAGE_SIZE = 25
BUSY = frozenset(
    {Status.CREATING, Status.UPDATING, Status.DELETING, Status.ROLLING_BACK, Status.CREATING_SNAPSHOT, Status.MAINTENANCE}
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, from where."""

    account: str
    region: str
    access_key: str | None = None


@dataclass(slots=True)
class Switches:
    """What the admin API can change about the service."""

    check_prerequisites: bool = True
    environments_quota: int | None = None
    versions: tuple[str, ...] = catalogue.AIRFLOW_VERSIONS
    maintenance_since: float | None = None
    """Emulated moment from which on weekly windows are used for maintenance; None: they are not."""


@dataclass(slots=True)
class MwaaService:
    """Every operation takes the caller and the parsed, checked parameters and returns the members of its result."""

    clock: ScaledClock
    lifecycle: Lifecycle
    tokens: TokenIssuer
    caller_arn: Callable[[str, str], str]
    switches: Switches = field(default_factory=Switches)
    lock: threading.RLock = field(default_factory=threading.RLock)
    environments: dict[tuple[str, str, str], Environment] = field(default_factory=dict)

    def find(self, caller: Caller, name: str) -> Environment:
        """The environment as it stands now, or ResourceNotFoundException."""
        key = (caller.account, caller.region, name)
        with self.lock:
            if key not in self.environments or self._gone(key):
                raise not_found(f"No Environment found: {name}")
            return self.environments[key]

    def tags(self, account: str, region: str, name: str) -> dict[str, str]:
        """The tags of an environment; none when it does not exist."""
        with self.lock:
            found = self.environments.get((account, region, name))
            return dict(found.tags) if found else {}

    def create_environment(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """CreateEnvironment."""
        name = params["Name"]
        with self.lock:
            self._refuse_existing(caller, name)
            settings = rules.with_defaults(params, self.switches.versions)
            later = self._checked(caller, name, settings)
            change = self.lifecycle.planned("create", name, settings, later)
            customer = settings["EndpointManagement"] == "CUSTOMER"
            course = create_course(self.lifecycle.durations, change.result, customer)
            environment = Environment(
                account=caller.account,
                region=caller.region,
                name=name,
                settings=settings,
                progress=Progress(course, self.clock.now()),
                created=change.created,
                tags=dict(params.get("Tags") or {}),
            )
            self.lifecycle.begin(environment, change)
            self.environments[(caller.account, caller.region, name)] = environment
        return {"Arn": environment.arn}

    def get_environment(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """GetEnvironment."""
        with self.lock:
            return {"Environment": self.find(caller, params["Name"]).view()}

    def list_environments(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListEnvironments: names in order, at most 25 to a page."""
        with self.lock:
            names = sorted(
                environment.name
                for environment in self.live()
                if (environment.account, environment.region) == (caller.account, caller.region)
            )
        after = _decoded(params.get("NextToken"))
        size = params.get("MaxResults", PAGE_SIZE)
        rest = [name for name in names if name > after]
        page = rest[:size]
        token = base64.urlsafe_b64encode(page[-1].encode()).decode() if len(rest) > size else None
        return {"Environments": page, "NextToken": token}

    def update_environment(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """UpdateEnvironment: only what is named changes, and only one update runs at a time."""
        with self.lock:
            environment = self.find(caller, params["Name"])
            _refuse_busy(environment)
            if environment.status in (Status.CREATE_FAILED, Status.PENDING, Status.UNAVAILABLE, Status.DELETED):
                raise invalid(f"Environments with {environment.status} status cannot be updated.")
            settings = rules.merged(environment.settings, params)
            version, wanted = environment.settings["AirflowVersion"], settings["AirflowVersion"]
            if refusal := rules.version_change_refused(version, wanted):
                raise invalid(refusal)
            later = self._checked(caller, environment.name, settings)
            change = self.lifecycle.planned("update", environment.name, settings, later)
            change.strategy = params.get("WorkerReplacementStrategy", "FORCED")
            course = update_course(self.lifecycle.durations, change.result, version != wanted)
            environment.progress = Progress(course, self.clock.now())
            self.lifecycle.begin(environment, change)
            return {"Arn": environment.arn}

    def delete_environment(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """DeleteEnvironment: refused while something else is under way."""
        with self.lock:
            environment = self.find(caller, params["Name"])
            if environment.status is Status.DELETING:
                return {}
            _refuse_busy(environment)
            if environment.status is Status.DELETED:
                raise invalid(f"Environments with {environment.status} status cannot be deleted.")
            self.lifecycle.end(environment)
            environment.progress = Progress(delete_course(self.lifecycle.durations), self.clock.now())
            return {}

    def list_tags_for_resource(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """ListTagsForResource."""
        with self.lock:
            return {"Tags": dict(self._by_arn(caller, params["ResourceArn"]).tags)}

    def tag_resource(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """TagResource: at most 50 tags in all, keys with `aws:` are reserved."""
        with self.lock:
            environment = self._by_arn(caller, params["ResourceArn"])
            merged = {**environment.tags, **params["Tags"]}
            if len(merged) > 50:
                raise invalid(f"A resource can have at most 50 tags, this call would make {len(merged)}.")
            if reserved := [key for key in params["Tags"] if key.lower().startswith("aws:")]:
                raise invalid(f"Tag keys beginning with aws: are reserved: {', '.join(reserved)}")
            environment.tags = merged
            return {}

    def untag_resource(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """UntagResource: unknown keys are no error."""
        with self.lock:
            environment = self._by_arn(caller, params["ResourceArn"])
            for key in params["tagKeys"]:
                environment.tags.pop(key, None)
            return {}

    def create_cli_token(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """CreateCliToken: good for 60 seconds."""
        environment = self._serving(caller, params["Name"])
        token = self.tokens.issue("cli", environment.arn, self._identity(caller))
        return {"CliToken": token, "WebServerHostname": environment.webserver_host}

    def create_web_login_token(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """CreateWebLoginToken: good for 60 seconds."""
        environment = self._serving(caller, params["Name"])
        identity = self._identity(caller)
        return {
            "WebToken": self.tokens.issue("web", environment.arn, identity),
            "WebServerHostname": environment.webserver_host,
            "IamIdentity": identity,
            "AirflowIdentity": identity[:64],
        }

    def invoke_rest_api(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """InvokeRestApi: calls Airflow outside the lock, because it may take seconds."""
        environment = self._serving(caller, params["Name"])
        version = environment.settings["AirflowVersion"]
        if catalogue.version_tuple(version) < catalogue.FIRST_WITH_REST_API:
            raise invalid(f"InvokeRestApi requires Apache Airflow version 2.4.3 or later, not {version}.")
        path = params["Path"] if params["Path"].startswith("/") else f"/{params['Path']}"
        try:
            status, body = self.lifecycle.runtime.invoke(
                environment.record(), params["Method"], path, params.get("QueryParameters"), params.get("Body")
            )
        except AirflowUnreachableError as error:
            raise ServiceError(
                "RestApiServerException", RestApiStatusCode=503, RestApiResponse={"message": str(error)}
            ) from error
        if status < 400:
            return {"RestApiStatusCode": status, "RestApiResponse": body}
        kind = "RestApiClientException" if status < 500 else "RestApiServerException"
        raise ServiceError(kind, RestApiStatusCode=status, RestApiResponse=body)

    def publish_metrics(self, caller: Caller, params: dict[str, Any]) -> dict[str, Any]:
        """PublishMetrics: internal and no longer available; accepted and ignored, as the model says."""
        self.find(caller, params["EnvironmentName"])
        return {}

    def live(self) -> list[Environment]:
        """All environments that exist now, in any account and region."""
        with self.lock:
            return [self.environments[key] for key in list(self.environments) if not self._gone(key)]

    def _gone(self, key: tuple[str, str, str]) -> bool:
        """Settle an environment; whether it is deleted, and then forgotten."""
        environment = self.environments[key]
        self.lifecycle.settle(environment)
        if self.switches.maintenance_since is not None:
            self.lifecycle.keep_windows(environment, self.switches.maintenance_since)
        if environment.status is not Status.DELETED or not environment.progress.settled:
            return False
        self.lifecycle.gone(environment)
        del self.environments[key]
        return True

    def _refuse_existing(self, caller: Caller, name: str) -> None:
        key = (caller.account, caller.region, name)
        if key in self.environments and not self._gone(key):
            raise invalid(f"An environment with the name {name} already exists.")
        quota = self.switches.environments_quota
        here = (caller.account, caller.region)
        # those that are gone by now are looked for only where that matters
        if quota is None or sum(other[:2] == here for other in self.environments) < quota:
            return
        if sum((one.account, one.region) == here for one in self.live()) >= quota:
            raise invalid(f"The limit of {quota} environments per account and Region has been reached.")

    def _checked(self, caller: Caller, name: str, settings: dict[str, Any]) -> list[str]:
        """Refuse what AWS refuses at once; return what will fail later."""
        found = list(rules.findings(settings))
        if found:
            raise invalid(" ".join(found))
        if not self.switches.check_prerequisites:
            return []
        checks = self.lifecycle.prerequisites(caller.account, caller.region)
        if found := checks.immediate(settings):
            raise invalid("Invalid request provided: " + "; ".join(found))
        return checks.later(name, settings)

    def _by_arn(self, caller: Caller, arn: str) -> Environment:
        environment = self.find(caller, arn.rpartition("/")[2])
        if environment.arn != arn:
            raise not_found(f"No Environment found: {arn}")
        return environment

    def _serving(self, caller: Caller, name: str) -> Environment:
        environment = self.find(caller, name)
        if environment.status not in SERVING:
            raise invalid(f"Environment {name} is in {environment.status} status: its web server is not available.")
        return environment

    def _identity(self, caller: Caller) -> str:
        arn = self.caller_arn(caller.access_key or secrets.token_hex(4), caller.region)
        return arn.rpartition(":")[2]


def _refuse_busy(environment: Environment) -> None:
    if environment.status in BUSY:
        raise invalid(
            f"Environments with {environment.status} status must complete previous operation "
            "before initiating a new operation."
        )


def _decoded(token: str | None) -> str:
    if not token:
        return ""
    try:
        return base64.urlsafe_b64decode(token).decode()
    except ValueError as error:
        raise invalid("Invalid NextToken.") from error
