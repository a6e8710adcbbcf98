"""Lifecycle rules of a bucket: S3 knows only all of them at once, so those of others are read and written back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import OutsideError, Trouble
from ..core.observed import Observed
from ..core.owner import OWNER_TAG
from ..core.wording import some
from ..resources.s3_lifecycle import DISABLED, ENABLED, MARGIN, Lifecycle, Needed, Risk, Rule, risks
from .error_code import error_code
from .s3_versions import ages
from .session import Aws
from .tags import texts

IDS = "ids"
"""What is remembered: the ids of the rules that are ours, one a line."""
SAID = 3


@dataclass(frozen=True)
class _Document:
    """All that a bucket has of it."""

    rules: Sequence[Rule] = ()
    more: Mapping[str, str] = field(default_factory=dict)
    """What is not said rule by rule, and would be lost if it were not written back."""


def _now() -> datetime:
    return datetime.now(UTC)


class Lifecycles:
    """Rules of ours are known by the ids that the spec names, and by those that it has named before."""

    TYPE: ClassVar[str] = Lifecycle.TYPE
    CALLS: ClassVar[Calls] = {
        "create": "s3:PutBucketLifecycleConfiguration",
        "update": "s3:PutBucketLifecycleConfiguration",
        "delete": "s3:PutBucketLifecycleConfiguration",
    }

    def __init__(self, aws: Aws, now: Callable[[], datetime] = _now) -> None:
        self._aws, self._now = aws, now

    async def read(self, targets: Sequence[Target[Lifecycle]]) -> Mapping[str, Observed]:
        """Look at the rules of each bucket, and at the versions that are needed of it."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[Lifecycle]) -> Observed:
        """Add the rules."""
        return await self._put(target, str(target.want.bucket))

    async def update(self, target: Target[Lifecycle], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Set the rules, or take all of them away when they are let go: nobody would look after what they delete."""
        if any(change.path == "tags" and texts(change.desired).get(OWNER_TAG) == "" for change in changes):
            await self.delete(target, observed)
            return replace(observed, fields={**observed.fields, "rules": {}}, owner="")
        return await self._put(target, observed.id)

    async def delete(self, target: Target[Lifecycle], observed: Observed) -> None:
        """Take away the rules that are ours."""
        there = await self._rules(target.region, observed.id)
        others = [each for each in there.rules if each.get("ID") not in _ids(target)]
        if len(others) < len(there.rules):
            await self._write(target.region, observed.id, replace(there, rules=others))

    async def _put(self, target: Target[Lifecycle], bucket: str) -> Observed:
        want, ours = target.want, _ids(target)
        there = await self._rules(target.region, bucket)
        others = [each for each in there.rules if each.get("ID") not in ours]
        held = {risk.rule for risk in await self._risks(target, bucket, want.rules.values()) if self._near(risk)}
        new = [{**each, "Status": DISABLED if id_ in held else ENABLED} for id_, each in want.rules.items()]
        await self._write(target.region, bucket, replace(there, rules=[*others, *new]))
        sight = await self._look(target)
        assert sight
        return sight

    async def _look(self, target: Target[Lifecycle]) -> Observed | None:
        want, bucket = target.model, target.id
        if want and isinstance(want.bucket, str):
            bucket = want.bucket
        if bucket is None:
            return None
        try:
            there = (await self._rules(target.region, bucket)).rules
            ours = {str(each["ID"]): each for each in there if each.get("ID") in _ids(target)}
            found = await self._risks(target, bucket, there) if want else []
        except OutsideError as error:
            trouble = error.problem.trouble
            if trouble is Trouble.NOT_FOUND:
                return None
            if trouble is not Trouble.DENIED or want is None or want.rules or IDS in target.remembered:
                raise
            # nothing is wanted of it: what it would only warn of is no reason not to be Ready
            there, ours, found = [], {}, []
        if not ours and (want is None or want.rules):
            return None
        held = {risk.rule for risk in found if self._near(risk)}
        sight = Observed(
            id=bucket,
            fields={
                "bucket": bucket,
                "rules": {id_: _shown(each, held=id_ in held) for id_, each in ours.items()},
                "tags": {OWNER_TAG: target.owner.uid} if ours else {},
            },
            owner=target.owner.uid if ours else "",
            remember={IDS: "\n".join(sorted(ours))} if ours else {},
        )
        acute = [risk for risk in found if risk.rule in ours or _enabled(there, risk.rule)]
        return _warned(sight, acute, held) if acute else sight

    def _near(self, risk: Risk) -> bool:
        return risk.when - self._now() <= MARGIN

    async def _risks(self, target: Target[Lifecycle], bucket: str, rules: Iterable[Rule]) -> list[Risk]:
        needed: Sequence[Needed] = target.want.needed
        expiring = [each for each in rules if each.get("NoncurrentVersionExpiration")]
        if not expiring or not needed:
            return []
        return list(risks(expiring, await ages(self._aws, target.region, bucket, needed)))

    async def _rules(self, region: str, bucket: str) -> _Document:
        try:
            answer = await self._aws.call(region, "s3", "get_bucket_lifecycle_configuration", Bucket=bucket)
        except OutsideError as error:
            if error_code(error) == "NoSuchLifecycleConfiguration":
                return _Document()
            raise
        size = answer.get("TransitionDefaultMinimumObjectSize")
        more = {"TransitionDefaultMinimumObjectSize": size} if size else {}
        return _Document([_filtered(each) for each in answer.get("Rules", ())], more)

    async def _write(self, region: str, bucket: str, document: _Document) -> None:
        if not document.rules:
            await self._aws.call(region, "s3", "delete_bucket_lifecycle", Bucket=bucket)
            return
        configuration = {"Rules": list(document.rules)}
        await self._aws.call(
            region,
            "s3",
            "put_bucket_lifecycle_configuration",
            Bucket=bucket,
            LifecycleConfiguration=configuration,
            **document.more,
        )


def _ids(target: Target[Lifecycle]) -> set[str]:
    before = target.remembered.get(IDS, "")
    return {*(before.split("\n") if before else ()), *(target.model.rules if target.model else ())}


def _filtered(written: Rule) -> Rule:
    """Write a rule in the newer of two ways: S3 takes no document that has both."""
    if "Filter" in written:
        return written
    rest = {name: value for name, value in written.items() if name != "Prefix"}
    return {**rest, "Filter": {"Prefix": written.get("Prefix", "")}}


def _shown(written: Rule, *, held: bool) -> dict[str, Any]:
    """Give a rule as a model has it; with its status, where that is not what it should be."""
    shown = {name: value for name, value in written.items() if name != "Status"}
    right = DISABLED if held else ENABLED
    return shown if written.get("Status") == right else {**shown, "Status": written.get("Status")}


def _enabled(rules: Sequence[Rule], id_: str) -> bool:
    return any(each.get("ID") == id_ and each.get("Status") == ENABLED for each in rules)


def _warned(sight: Observed, found: Sequence[Risk], held: set[str]) -> Observed:
    said = [
        f"rule {risk.rule!r} deletes {risk.needed.key}"
        + (f" version {risk.needed.version}" if risk.needed.version else "")
        + f" on {risk.when:%Y-%m-%d}, which {risk.needed.by} needs"
        + (
            " (the rule is ours, and switched off until that has changed)"
            if risk.rule in held and risk.rule in _own(sight)
            else ""
        )
        for risk in found
    ]
    text = f"{some(said, SAID, '; ')}. Narrow the rule, keep more versions, or let go of what needs them."
    return replace(sight, condition="VersionsAtRisk", reason="VersionsAtRisk", message=text)


def _own(sight: Observed) -> Mapping[str, Any]:
    rules = sight.fields["rules"]
    return rules if isinstance(rules, Mapping) else {}
