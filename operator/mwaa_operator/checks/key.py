"""Can MWAA use the customer key (guide part 1, section 15.4; part 4, sections 7.2 to 7.5)?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding, Severity
from ..resources.mwaa import Environment
from .asking import Asking
from .document import grants

WHERE = "spec.kmsKey"
LOGS_ACTIONS = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
)


@dataclass(frozen=True)
class Key:
    """A KMS key as DescribeKey shows it."""

    arn: str
    state: str = "Enabled"
    spec: str = "SYMMETRIC_DEFAULT"
    usage: str = "ENCRYPT_DECRYPT"
    multi_region: bool = False


class KeyFacts(Protocol):
    """Knows keys. Both methods may raise `OutsideError`, with NOT_FOUND where there is no such key."""

    async def key(self, region: str, key: str) -> Key:
        """Describe a key."""
        ...

    async def policy(self, region: str, key: str) -> Mapping[str, Any]:
        """Read its key policy."""
        ...


class KeyCheck:
    """Looks at the customer key; without one there is nothing to look at."""

    NAME: ClassVar[str] = "key"

    def __init__(self, facts: KeyFacts) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Name every fault of the key at once.

        Raises:
            OutsideError: KMS could not be asked.
        """
        if not model.kms_key:
            return ()
        name = str(model.kms_key)
        if name.startswith("arn:") and (there := name.split(":")[3]) != region:
            return (_elsewhere(name, there, region),)
        asking = Asking()
        try:
            key = await asking.answer(self._facts.key(region, name), WHERE, f"the state of the key {name}")
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            message = f"there is no key {name} in {region}. Correct the id; a key of another account goes by its ARN."
            return (Finding("KeyNotFound", WHERE, message),)
        found = [*(_faults(key) if key else ())]
        if name.startswith("arn:") and name.split(":")[4] != str(model.execution_role_arn).split(":")[4]:
            # KMS shows a key policy inside its own account only
            return (_other_account(name), *found, *asking.notices)
        policy = await asking.answer(self._facts.policy(region, name), WHERE, f"the key policy of {name}")
        if policy is not None and not logs_may_use(policy, region):
            found.append(_no_logs(name, region))
        return (*found, *asking.notices)


def _elsewhere(name: str, there: str, region: str) -> Finding:
    message = f"the key {name} is in {there}, and the environment is to be in {region}. Name a key of {region}."
    return Finding("KeyInOtherRegion", WHERE, message)


def _other_account(name: str) -> Finding:
    """Warn only: the guide says in one place that such a key cannot be used, and in another that its ARN is enough."""
    return Finding(
        "CrossAccountKey",
        WHERE,
        f"the key {name} belongs to the account {name.split(':')[4]}. AWS's guide is of two minds about that: it may be "
        "refused, and its policy cannot be looked at from here. Its owner must allow this account to use it and to make "
        "grants, and CloudWatch Logs to use it; or name a key of this account.",
        Severity.WARNING,
    )


def _faults(key: Key) -> Iterator[Finding]:
    if key.state != "Enabled":
        message = f"the key {key.arn} is {key.state}, so nothing can be encrypted with it. Enable it, or name another one."
        yield Finding("KeyDisabled", WHERE, message)
    if (key.spec, key.usage) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        message = f"the key {key.arn} is {key.spec} for {key.usage}, and MWAA needs a symmetric one to encrypt with."
        yield Finding("KeyNotSymmetric", WHERE, f"{message} Name a key of the spec SYMMETRIC_DEFAULT.")
    if key.multi_region:
        message = f"the key {key.arn} is a multi-Region key, which MWAA does not support. Name a key of one region."
        yield Finding("KeyMultiRegion", WHERE, message)


def _no_logs(name: str, region: str) -> Finding:
    return Finding(
        "KeyPolicyWithoutLogs",
        WHERE,
        f"the policy of the key {name} does not let CloudWatch Logs use it, so the environment's logs cannot be written. "
        f"Allow the service logs.{region}.amazonaws.com kms:Encrypt*, kms:Decrypt*, kms:ReEncrypt*, kms:GenerateDataKey* "
        "and kms:Describe*, where kms:EncryptionContext:aws:logs:arn is a log group of the account.",
    )


def logs_may_use(policy: Mapping[str, Any], region: str) -> bool:
    """Tell whether a key policy allows CloudWatch Logs of a region every action that it needs."""
    return all(grants(policy, f"logs.{region}.amazonaws.com", action) for action in LOGS_ACTIONS)
