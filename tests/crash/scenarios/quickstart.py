"""The writes of a clean quick start, and what can happen at each of them.

The list is committed, so that each case has a name and a sample can be drawn; `test_crash.py` holds it against a real run.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What happens at a write."""

    KILL_BEFORE = "kill-before"
    """The operator dies; the write was sent and never arrived."""
    KILL_AFTER = "kill-after"
    """The operator dies; the write was carried out and its reply never read."""
    LOST = "reply-lost"
    """The write was carried out, and the operator, which lives on, sees a broken connection."""


@dataclass(frozen=True, order=True)
class Point:
    """The n-th write of a name. Counted by name, since the order of what runs side by side differs between runs."""

    write: str
    """`service:Operation` for AWS; for Kubernetes as `proxy.py` names it."""
    number: int = 1

    @property
    def in_kubernetes(self) -> bool:
        """Whether the API server is written to, and not AWS."""
        return self.write not in AWS

    @property
    def while_aws_works(self) -> bool:
        """Whether the write only comes when AWS takes its time."""
        return self.write in WHILE_AWS_WORKS

    @property
    def in_deletion(self) -> bool:
        """Whether the write comes after all was Ready."""
        return self.write in IN_DELETION


@dataclass(frozen=True)
class Case:
    """One fault at one write."""

    point: Point
    fault: Fault

    def __str__(self) -> str:
        return f"{self.fault} {self.point.write}#{self.point.number}"


AWS = {
    "ec2:AllocateAddress": 2,
    "ec2:AssociateRouteTable": 4,
    "ec2:AttachInternetGateway": 1,
    "ec2:AuthorizeSecurityGroupIngress": 1,
    "ec2:CreateInternetGateway": 1,
    "ec2:CreateNatGateway": 2,
    "ec2:CreateRoute": 3,
    "ec2:CreateRouteTable": 3,
    "ec2:CreateSecurityGroup": 1,
    "ec2:CreateSubnet": 4,
    "ec2:CreateVpc": 1,
    "ec2:DeleteInternetGateway": 1,
    "ec2:DeleteNatGateway": 2,
    "ec2:DeleteRouteTable": 3,
    "ec2:DeleteSecurityGroup": 1,
    "ec2:DeleteSubnet": 4,
    "ec2:DeleteVpc": 1,
    "ec2:DetachInternetGateway": 1,
    "ec2:DisassociateRouteTable": 4,
    "ec2:ModifySubnetAttribute": 2,
    "ec2:ModifyVpcAttribute": 1,
    "ec2:ReleaseAddress": 2,
    "iam:CreateRole": 1,
    "iam:DeleteRole": 1,
    "iam:DeleteRolePolicy": 1,
    "iam:PutRolePolicy": 1,
    "logs:CreateLogGroup": 5,
    "logs:DeleteLogGroup": 5,
    "mwaa:CreateEnvironment": 1,
    "mwaa:DeleteEnvironment": 1,
    "mwaa:InvokeRestApi": 2,
    "s3:CreateBucket": 1,
    "s3:DeleteObjects": 2,
    "s3:PutBucketTagging": 1,
    "s3:PutBucketVersioning": 1,
    "s3:PutObject": 4,
    "s3:PutPublicAccessBlock": 1,
}
"""How often each call that writes is made. Airflow is written to twice: the DAG is unpaused, then its run is started."""

WHILE_AWS_WORKS = frozenset(
    (
        "networks/status: Ready=Unknown Pending",
        "networks/status: Ready=False Deleting",
        "environments/status: Ready=Unknown Creating",
        "environments/status: Ready=False Deleting",
    )
)
IN_DELETION = frozenset(
    (
        "networks/status: Ready=False Deleting",
        "environments/status: Ready=False Deleting",
        *(f"{plural}/status: Ready=False InUse" for plural in ("buckets", "dagsources", "executionroles", "networks")),
        *(
            f"{plural}: finalizers removed"
            for plural in ("buckets", "dagsources", "environments", "executionroles", "networks")
        ),
    )
)
KUBERNETES = (
    WHILE_AWS_WORKS
    | IN_DELETION
    | {f"{plural}: finalizers set" for plural in ("buckets", "dagsources", "environments", "executionroles", "networks")}
    | {
        f"{plural}/status: Ready=True Ready"
        for plural in ("buckets", "dagsources", "environments", "executionroles", "networks")
    }
    | {f"{plural}/status: Ready=False DependencyNotReady" for plural in ("dagsources", "environments", "executionroles")}
    | {"dagsources/status: Ready=Unknown DagRunning", "networks/status: parts announced"}
)
"""What is written to our objects. Each counts once: how often a status is written again depends on who is faster. Events
and the lease are left out: nothing is decided by an event, and a lease is not part of a quick start."""

SOMETIMES = frozenset(
    f"{plural}/status: Ready=False DependencyNotFound" for plural in ("dagsources", "environments", "executionroles")
)
"""Written when an object is looked at before the next one is applied: that cannot be waited for."""

POINTS = tuple(Point(write, number) for write in sorted(AWS) for number in range(1, AWS[write] + 1)) + tuple(
    Point(write) for write in sorted(KUBERNETES)
)
CASES = tuple(Case(point, fault) for point in POINTS for fault in Fault)
IN_AIRFLOW = tuple(case for case in CASES if case.point.write == "mwaa:InvokeRestApi")


def sample(seed: int, of_each_fault: int = 4) -> tuple[Case, ...]:
    """Draw some cases, the same ones for the same seed; one of them in Airflow, which has neither ids nor tags."""
    chance = random.Random(seed)
    drawn = [Case(point, fault) for fault in Fault for point in chance.sample(POINTS, of_each_fault)]
    first = chance.choice(IN_AIRFLOW)
    return (first, *(case for case in drawn if case != first))
