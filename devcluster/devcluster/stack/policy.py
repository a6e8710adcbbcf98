"""Writes the operator's IAM policy from the calls that a test has recorded: `python -m devcluster.stack.policy [--check]`.

`manifests/iam/calls.json` holds each call of the operator and the actions that IAM asks for it. It is written by
`RECORD=1 pytest tests/iam`, which runs the product; this makes the policy and its page of that and of `grants.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from devcluster.stack.deployment import REPOSITORY
from devcluster.stack.grants import GRANTS, Grant
from devcluster.stack.grants_keys import KEY_GRANTS
from mwaa_emulator.calls import Call

COMMAND = "python -m devcluster.stack.policy"
DIRECTORY = REPOSITORY / "manifests" / "iam"
CALLS, POLICY, PAGE = (DIRECTORY / name for name in ("calls.json", "operator-policy.json", "README.md"))
KEYS_POLICY = DIRECTORY / "operator-keys-policy.json"
"""What EncryptionKeys need beside it: one managed policy has no room for both."""
PREFIXES = {"mwaa": "airflow", "service-quotas": "servicequotas"}
"""Services that IAM knows by another name."""

Record = Mapping[str, list[str]]
"""The actions that IAM asks for, by call."""


def record(calls: Iterable[Call]) -> Record:
    """Give what IAM asked for each kind of call, over all calls of that kind."""
    found: dict[str, set[str]] = {}
    for call in calls:
        found.setdefault(f"{PREFIXES.get(call.service, call.service)}:{call.operation}", set()).update(call.actions)
    return {name: sorted(found[name]) for name in sorted(found)}


def needed(recorded: Record) -> frozenset[str]:
    """Give all actions that recorded calls ask for."""
    return frozenset(action for actions in recorded.values() for action in actions)


def document(recorded: Record, grants: Sequence[Grant] = GRANTS) -> dict[str, Any]:
    """Give a policy: every action of its grants that is needed, and no other.

    Raises:
        ValueError: an action is needed that no grant knows.
    """
    actions = needed(recorded)
    if unknown := actions.difference(*(grant.actions for grant in (*GRANTS, *KEY_GRANTS))):
        raise ValueError(f"say in grants.py on what these are allowed: {', '.join(sorted(unknown))}")
    statements = [grant.statement(actions) for grant in grants]
    return {"Version": "2012-10-17", "Statement": [each for each in statements if each["Action"]]}


def published() -> dict[str, Any]:
    """Give what both published policies allow together."""
    documents = [json.loads(path.read_text()) for path in (POLICY, KEYS_POLICY)]
    return {**documents[0], "Statement": [statement for each in documents for statement in each["Statement"]]}


def allowed(policy: Mapping[str, Any]) -> frozenset[str]:
    """Give all actions that a policy names."""
    return frozenset(action for statement in policy["Statement"] for action in statement["Action"])


def grants(policy: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Give each action of each statement, as (Sid, action)."""
    return frozenset((statement["Sid"], action) for statement in policy["Statement"] for action in statement["Action"])


def used(calls: Iterable[Call]) -> frozenset[tuple[str, str]]:
    """Give those without which a call would have been refused: something was allowed by this statement alone."""
    granted = (each for call in calls for each in call.granted)
    return frozenset((sids[0], action) for action, *sids in granted if len(sids) == 1)


def page(recorded: Record) -> str:
    """Give the page that explains the policy."""
    present = [grant for grant in (*GRANTS, *KEY_GRANTS) if needed(recorded).intersection(grant.actions)]
    calls = (
        f"| `{call}` | {' '.join(f'`{each}`' for each in actions) or 'nothing'} |" for call, actions in recorded.items()
    )
    return PAGE_TEXT.format(
        command=COMMAND,
        statements="\n".join(f"| `{grant.sid}` | {grant.why} |" for grant in present),
        calls="\n".join(calls),
    )


PAGE_TEXT = """\
# The IAM policy of the operator

<!-- Made by `{command}` from calls.json, which `RECORD=1 pytest tests/iam` writes; see grants.py there. -->

[operator-policy.json](operator-policy.json) allows the operator what its calls need, and no more. It is made from the
calls of a run that creates, changes, repairs, lets go of, purges and deletes all kinds; that run is a test, in which IAM
refuses everything else. [operator-keys-policy.json](operator-keys-policy.json) is what EncryptionKeys need beside it, the
statements that begin with `Keys`: leave it out where none is declared. An action that is missing is named by a condition:
`Allow ec2:CreateVpc to the operator's role.`

| Statement | Why |
|---|---|
{statements}

Narrow it further where you can: buckets to your names, ARNs to your account and regions. In the partitions `aws-cn` and
`aws-us-gov`, change `arn:aws:`. Take out what you do not use: the statements that begin with `Roles` where no roles are
made here, and those that begin with `Networks` without Network objects. `Look` stays. Roles whose `roleName` does not begin
with `AmazonMWAA-` must be added.

Keys that no EncryptionKey looks after are not in it: allow the operator's role the use of one in the key's own policy
(`kms:CreateGrant`, `kms:Decrypt`, `kms:DescribeKey`, `kms:Encrypt`, `kms:GenerateDataKey*`, `kms:GetKeyPolicy`,
`kms:ListGrants`, `kms:ReEncrypt*`, `kms:RevokeGrant`). Nor is `cloudwatch:GetMetricData`, which only
`spec.probes.schedulerHeartbeat` asks for, nor `airflow:CreateCliToken`, which only `spec.purgeHistory` of a
DagSource does. One check reads more: `s3:GetAccountPublicAccessBlock` where a bucket does not
block public access itself.
Without it [that is said](../../docs/preflight/NotChecked.md), and nothing is held up.

## What each call needs

| Call | Actions |
|---|---|
{calls}
"""


def files(recorded: Record) -> dict[Path, str]:
    """Give all files that are made."""
    policies = {POLICY: document(recorded), KEYS_POLICY: document(recorded, KEY_GRANTS)}
    return {**{path: json.dumps(each, indent=2) + "\n" for path, each in policies.items()}, PAGE: page(recorded)}


def stale() -> list[Path]:
    """Name the files that are not what the recorded calls make."""
    made = files(json.loads(CALLS.read_text()))
    return [path for path, text in made.items() if not path.exists() or path.read_text() != text]


def write(recorded: Record) -> None:
    """Write the record and all that is made of it."""
    CALLS.write_text(json.dumps(recorded, indent=1) + "\n")
    for path, text in files(recorded).items():
        path.write_text(text)


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or only say which are stale."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write the operator's IAM policy from recorded calls.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that are stale")
    if not parser.parse_args(arguments).check:
        write(json.loads(CALLS.read_text()))
        return 0
    found = stale()
    for path in found:
        print(f"{path.relative_to(REPOSITORY)} is stale: run `{COMMAND}`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
