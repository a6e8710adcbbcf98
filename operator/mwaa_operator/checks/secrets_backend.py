"""Can Airflow read connections and variables from Secrets Manager (guide part 2, section 2.2; part 4, section 10.3)?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ..core.errors import OutsideError, Trouble
from ..core.finding import Finding, Severity
from ..core.secret import Secret
from ..resources.mwaa import Environment
from .asking import Asking
from .simulation import Answer, Ask, Decision, Simulator, refused

BACKEND, KWARGS = "secrets.backend", "secrets.backend_kwargs"
MANAGER = "airflow.providers.amazon.aws.secrets.secrets_manager.SecretsManagerBackend"
WHERE, ROLE = f"spec.airflowConfigurationOptions[{KWARGS}]", "spec.executionRoleArn"
PREFIXES = {"connections_prefix": "airflow/connections", "variables_prefix": "airflow/variables"}
"""What Airflow takes where the kwargs name none."""
PATTERNS = ("connections_lookup_pattern", "variables_lookup_pattern")
ELSEWHERE = "elsewhere"
READ = "secretsmanager:GetSecretValue"
FIRST_WITH_PATTERNS, LAST_WITHOUT_LIMITS = (2, 6, 3), (2, 0)
"""The first Airflow whose preinstalled provider knows lookup patterns; the last that cannot work with limits in the role."""


def findings(values: Mapping[str, str], version: str) -> Iterator[Finding]:
    """Look at the options as they are declared. Pure.

    Args:
        values: the options whose values stand in the spec.
        version: of Airflow; empty when it is not known.
    """
    given = values.get(KWARGS)
    if given is None:
        return
    kwargs = _parsed(given)
    if kwargs is None:
        yield Finding(
            "BackendKwargsInvalid",
            WHERE,
            "it is no JSON object, and Airflow would not start with it. Write one line with double quotes, such as "
            '{"connections_prefix": "airflow/connections", "variables_prefix": "airflow/variables"}.',
        )
        return
    for name in (*PREFIXES, *PATTERNS):
        if not isinstance(kwargs.get(name, ""), str | None):
            yield Finding("BackendKwargsInvalid", WHERE, f"{name} must be a text in double quotes, or null.")
    for name in PATTERNS:
        if isinstance(pattern := kwargs.get(name), str) and not _compiles(pattern):
            yield Finding("BackendKwargsInvalid", WHERE, f"{name} is no regular expression. Correct it, or leave it out.")
    if used := [name for name in PATTERNS if kwargs.get(name)]:
        yield from _patterns(used, version)


def _patterns(used: Sequence[str], version: str) -> Iterator[Finding]:
    if version and _numbers(version) < FIRST_WITH_PATTERNS:
        yield Finding(
            "LookupPatternsUnknown",
            WHERE,
            f"{' and '.join(used)} need apache-airflow-providers-amazon 7.3.0 or later, and Airflow {version} brings an "
            "older one. Put a newer one into requirements.txt, or leave them out.",
            Severity.WARNING,
        )


class SecretsCheck:
    """Asks IAM's simulator whether the role may read what Airflow will look for; without that backend, nothing."""

    NAME: ClassVar[str] = "secrets"

    def __init__(self, facts: Simulator) -> None:
        self._facts = facts

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Warn of what the role may not read. Airflow starts without it, and finds no connection."""
        options = model.airflow_configuration_options
        values = {name: _shown(value) for name, value in options.items()} if isinstance(options, Mapping) else {}
        if values.get(BACKEND) != MANAGER:
            return ()
        role = str(model.execution_role_arn)
        asks = tuple(_asks(role, _parsed(values.get(KWARGS, "{}")) or {}, region))
        asking, what = Asking(warns=True), "whether the execution role may read secrets"
        try:
            answers = await asking.answer(self._facts.simulate(region, role, asks), ROLE, what)
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            return ()  # the check of the role says so
        return (*_faults(answers or (), model.airflow_version or ""), *asking.notices)


def _asks(role: str, kwargs: Mapping[str, Any], region: str) -> Iterator[Ask]:
    """Ask about one secret below each prefix, and about one elsewhere, which tells limits on resources."""
    _, partition, _, _, account, _ = role.split(":", 5)
    prefixes = [kwargs.get(name, usual) for name, usual in PREFIXES.items()]
    for prefix in dict.fromkeys([*(each for each in prefixes if isinstance(each, str)), ELSEWHERE]):
        yield Ask((READ,), f"arn:{partition}:secretsmanager:{region}:{account}:secret:{prefix}/preflight-AbCdEf")


def _faults(answers: Sequence[Answer], version: str) -> Iterator[Finding]:
    below = [each for each in answers if f":secret:{ELSEWHERE}/" not in each.resource]
    elsewhere = [each for each in answers if each not in below]
    keys = sorted({key for each in below for key in each.missing})
    limited = all(each.decision is Decision.ALLOWED for each in below) and any(
        each.decision is not Decision.ALLOWED for each in elsewhere
    )
    if (keys or limited) and version and _numbers(version)[:2] <= LAST_WITHOUT_LIMITS:
        how = f"conditions on {', '.join(keys)}" if keys else "limits on resources"
        yield Finding(
            "SecretConditionsUnsupported",
            ROLE,
            f"the role reads secrets with {how}, and Airflow {version} cannot work with that: it finds no secret. Allow "
            f"{READ} on * without conditions, or take Airflow 2.2.2 or later.",
            Severity.WARNING,
        )
    # what depends on the tags of a secret nobody knows before there is one
    sure = [each for each in below if not each.missing or each.decision is Decision.DENIED]
    lacking = "; ".join(filter(None, (refused(sure, Decision.NOT_ALLOWED), refused(sure, Decision.DENIED))))
    if lacking:
        yield Finding(
            "RoleMayNotReadSecrets",
            ROLE,
            f"Airflow is to look for connections and variables in Secrets Manager, and the role may not: {lacking}. Allow "
            "secretsmanager:GetSecretValue, DescribeSecret, GetResourcePolicy and ListSecretVersionIds on these.",
            Severity.WARNING,
        )


def _parsed(kwargs: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(kwargs)
    except ValueError:
        return None
    return found if isinstance(found, Mapping) else None


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _shown(value: str | Secret) -> str:
    return value.value if isinstance(value, Secret) else value
