"""The one place where kinds, adapters and checks are named. A new kind is a line here and files of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ..airflow.dagrun import DagRunAdapter
from ..airflow.health import HealthAdapter
from ..airflow.history import HistoryAdapter
from ..airflow.imports import ImportsAdapter
from ..airflow.webserver import WebserverProbe
from ..api import parse
from ..aws import ec2, facts, iam, kms, logs, mwaa, s3
from ..aws.metrics import import_errors
from ..aws.mwaa_heartbeat import SchedulerHeartbeat
from ..aws.mwaa_pauses import Pauses
from ..aws.quota_increase import QuotaIncreases
from ..aws.session import Aws
from ..core.adapter import Adapter
from ..core.kind import Kind
from ..engine.on_demand import OnDemand
from ..engine.ports import Fetcher, Identity, Registry
from ..fetch.constraints import Constraints
from ..fetch.revision import SourceRevisions
from ..kinds.bucket import BucketKind
from ..kinds.dag_source import DagSourceKind
from ..kinds.encryption_key import EncryptionKeyKind
from ..kinds.environment import EnvironmentKind
from ..kinds.execution_role import ExecutionRoleKind
from ..kinds.network import NetworkKind

KINDS: tuple[Kind[Any], ...] = (
    NetworkKind(),
    EncryptionKeyKind(),
    BucketKind(),
    ExecutionRoleKind(),
    DagSourceKind(),
    EnvironmentKind(),
)


def registry(aws: Aws) -> Registry:
    """Put together everything that the engine can handle."""
    adapters: list[Adapter[Any]] = [
        *ec2.adapters(aws),
        *s3.adapters(aws),
        *iam.adapters(aws),
        *kms.adapters(aws),
        *logs.adapters(aws),
        *mwaa.adapters(aws),
        HealthAdapter(aws),
        ImportsAdapter(aws, counting=partial(import_errors, aws)),
        DagRunAdapter(aws),
        HistoryAdapter(aws),
        WebserverProbe(),
        SchedulerHeartbeat(aws),
        SourceRevisions(),
        Pauses(aws),
        QuotaIncreases(aws),
    ]
    return Registry(
        kinds={kind.NAME: kind for kind in KINDS},
        adapters={adapter.TYPE: adapter for adapter in adapters},
        checks={check.NAME: check for check in facts.checks(aws)},
        parse=parse,
        fetchers={
            "git": OnDemand(_git),
            "oci": OnDemand(_oci),
            "flux": OnDemand(_flux),
            "resolution": OnDemand(_resolver),
            "constraints": Constraints(),
        },
    )


def _git() -> Fetcher:
    """Load what speaks Git and ssh: it takes 18 MiB."""
    from ..fetch.git import GitFetcher

    return GitFetcher()


def _oci() -> Fetcher:
    """Load what speaks with registries, and checks signatures."""
    from ..fetch.oci import OciFetcher

    return OciFetcher()


def _resolver() -> Fetcher:
    """Load what runs uv."""
    from ..fetch.resolution import Resolver

    return Resolver()


def _flux() -> Fetcher:
    """Load what fetches from Flux's controller."""
    from ..fetch.flux import FluxFetcher

    return FluxFetcher()


class AwsAccount:
    """`engine.ports.Account`: the account of the operator's own credentials."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    async def whoami(self, region: str) -> Identity:
        """Ask AWS who is asking."""
        identity = await self._aws.identity(region)
        return Identity(identity.account, identity.partition)


def settings_for_kinds(iam: str, source_buckets: Sequence[str]) -> Mapping[str, str]:
    """Give what kinds may know of the administrator's choices."""
    return {"iam": iam, "sourceBuckets": " ".join(source_buckets)}
