"""ExecutionRole: the role that environments act with, and its least policy (part 1, sections 15 and 16).

The policy follows from the environments that refer to the role: nobody writes their names, buckets or keys twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..api.execution_role import ExecutionRoleSpec
from ..api.source_bucket import bucket_arn
from ..checks import role_drift, tenancy
from ..core.finding import Finding
from ..core.kind import Context, Neighbour, Object, Reference
from ..core.need import EndsBy, Need
from ..core.observed import Observed, Sight
from ..core.part import Graph, Missing
from ..resources.iam import INLINE_LIMIT, TRUST_LIMIT, Account, Served, covers, execution_policy, size, trust_policy
from . import environment_key, least_role, sample_permissions


class ExecutionRoleKind:
    """A role and its inline policy."""

    NAME: ClassVar[str] = "ExecutionRole"
    PLURAL: ClassVar[str] = "executionroles"
    SPEC: ClassVar[type[Any]] = ExecutionRoleSpec
    REFERENCES: ClassVar[Mapping[str, str]] = {}
    REFERRERS: ClassVar[tuple[str, ...]] = ("Environment",)

    def references(self, spec: ExecutionRoleSpec) -> Sequence[Reference]:
        """Name nothing: environments refer to the role."""
        return ()

    def documents(self, spec: ExecutionRoleSpec) -> Sequence[str]:
        """Name no ConfigMap."""
        return ()

    def secrets(self, spec: ExecutionRoleSpec) -> Sequence[str]:
        """Name no Secret."""
        return ()

    def desired(self, obj: Object[ExecutionRoleSpec], context: Context) -> Graph:
        """Say which parts should exist.

        An environment that is being deleted counts until it is gone. One whose bucket or key is not known yet may take on
        the role already, and enters the policy with them.
        """
        served = tuple(_served(obj.spec, context))
        granted = _granted(obj.spec, served)
        findings = tuple(_too_large(Account(context.partition, context.account), served, granted))
        warnings = (
            *role_drift.findings(obj.facts.get("lackingActions") or ()),
            *tenancy.shared_role(each.name for each in served),
        )
        return Graph.of(
            *least_role.role_parts(
                obj.owner,
                role_name(obj),
                context,
                trusted=served or Missing(_NOBODY),
                granted=granted or Missing(_unknown_buckets(served)),
                tags=obj.spec.tags,
                needs=(*_invalid(context), *_held(findings)),
            ),
            findings=(*findings, *warnings),
        )

    def facts(self, obj: Object[ExecutionRoleSpec], context: Context, sights: Mapping[str, Sight]) -> Mapping[str, Any]:
        """Publish the role once it is ours, and the environments that the documents in force are enough for."""
        role, policy = sights.get(least_role.ROLE), sights.get(least_role.POLICY)
        if not isinstance(role, Observed) or role.owner != obj.uid:
            return {"roleArn": None, "roleName": None, "environments": None, "lackingActions": None}
        account, granted = Account(context.partition, context.account), _granted(obj.spec, tuple(_served(obj.spec, context)))
        lacking = {
            each.name
            for each in granted
            if not isinstance(policy, Observed)
            or not covers(_document(role, "trust"), trust_policy(account, (each,)))
            or not covers(_document(policy, "document"), execution_policy(account, (each,)))
        }
        covered = sorted({each.name for each in granted} - lacking)
        lost: tuple[str, ...] = ()
        if isinstance(policy, Observed):
            lost = role_drift.lacking(_document(policy, "document"), execution_policy(account, granted))
        return {
            "roleArn": role.outputs["arn"],
            "roleName": role.outputs["name"],
            "environments": covered or None,
            "lackingActions": list(lost) or None,
        }

    def summary(self, facts: Mapping[str, Any]) -> str:
        """Say what is ready."""
        return f"role {facts['roleName']} serves {', '.join(facts['environments'] or ()) or 'no environment any more'}"


def role_name(obj: Object[ExecutionRoleSpec]) -> str:
    """Give the name in IAM."""
    return obj.spec.role_name or least_role.role_name(obj.owner)


def _served(spec: ExecutionRoleSpec, context: Context) -> Iterator[Served]:
    """Give each environment; what an object declares says more than a bare name."""
    seen: set[str] = set()
    for neighbour in context.referrers:
        for served in _environment(spec, neighbour, context):
            seen.add(served.name)
            yield served
    yield from (Served(name, context.region) for name in spec.environment_names if name not in seen)


def _environment(role: ExecutionRoleSpec, neighbour: Neighbour, context: Context) -> Iterator[Served]:
    """Give an environment, twice while it moves: AWS wants the new bucket allowed, and DAGs still run from the old one."""
    spec, facts = neighbour.spec, neighbour.facts
    if spec is None:
        yield Served(facts.get("environmentName") or neighbour.name, context.region, facts.get("bucketArn"))
        return
    region = spec.region or context.region
    key, known = environment_key.served_key(spec, facts, context, region)
    named = bucket_arn(spec.source_bucket_arn, context.partition) if spec.source_bucket_arn else None
    buckets = dict.fromkeys(bucket for bucket in (named, facts.get("bucketArn")) if bucket and known)
    name, repositories = spec.name or neighbour.name, tuple(facts.get("codeArtifactRepositories") or ())
    grants = sample_permissions.granted(role, facts, context, region)
    yield from (Served(name, region, bucket, key, repositories, grants) for bucket in buckets or (None,))


def _granted(spec: ExecutionRoleSpec, served: Sequence[Served]) -> tuple[Served, ...]:
    """Give the environments that the policy may speak of: of a bare name nobody will ever tell the bucket."""
    return tuple(each for each in served if each.bucket_arn or each.name in spec.environment_names)


_NOBODY = Need(
    "NoReferrer",
    "no Environment refers to this role yet: give one `executionRoleRef`, or list names in spec.environmentNames",
    condition="ReferencesResolved",
)


def _unknown_buckets(served: Sequence[Served]) -> Need:
    if not served:
        return _NOBODY
    names = ", ".join(each.name for each in served)
    text = f"waits for Environment {names} to publish bucketArn, and kmsKey where it has a kmsKeyRef"
    return Need("DependencyNotReady", text, condition="ReferencesResolved")


def _invalid(context: Context) -> tuple[Need, ...]:
    """Leave the documents as they are while an environment cannot be read: they must not shrink by mistake."""
    return tuple(
        Need(
            "DependencyNotReady",
            f"Environment {neighbour.name} is not valid: the role stays as it is until that is corrected",
            condition="ReferencesResolved",
        )
        for neighbour in context.referrers
        if neighbour.spec is None
    )


def _too_large(account: Account, served: Sequence[Served], granted: Sequence[Served]) -> Iterator[Finding]:
    """Measure both documents: IAM refuses one that is too long, and says nothing of environments."""
    documents = (
        ("trust policy", trust_policy(account, served), TRUST_LIMIT),
        ("inline policy", execution_policy(account, granted), INLINE_LIMIT),
    )
    for what, document, limit in documents:
        if size(document) > limit:
            yield Finding(
                "TooManyEnvironments",
                what,
                f"it would have {size(document):,} characters for {len({each.name for each in served})} environments, and "
                f"IAM allows {limit:,}. Declare a second ExecutionRole, and let some of the environments refer to that.",
            )


def _held(findings: Iterable[Finding]) -> Iterator[Need]:
    """Let nothing be sent that IAM would refuse: the documents stay as they are."""
    for each in findings:
        yield Need(each.code, f"{each.where}: {each.message}", EndsBy.USER, "Preflight")


def _document(sight: Observed, field: str) -> Mapping[str, Any]:
    document = sight.fields[field]
    return document if isinstance(document, Mapping) else {"Statement": []}
