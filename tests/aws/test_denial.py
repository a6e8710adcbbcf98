"""Denials by somebody else's policy are told apart: each is changed by somebody else."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from mwaa_operator.aws.errors import problem
from mwaa_operator.checks.asking import withheld
from mwaa_operator.core.errors import Trouble

WHO = "User: arn:aws:sts::123456789012:assumed-role/operator/pod is not authorized to perform: ec2:CreateVpcEndpoint"


def said(text: str, code: str = "AccessDeniedException") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"{WHO} {text}"}}, "X")


@pytest.mark.row("D187")
@pytest.mark.parametrize(
    ("text", "reason", "where"),
    [
        ("with an explicit deny in a service control policy", "DeniedByScp", "run the organization except"),
        ("because no service control policy allows the ec2:CreateVpcEndpoint action", "DeniedByScp", "the organization"),
        ("with an explicit deny in a resource control policy", "DeniedByRcp", "the organization"),
        ("with an explicit deny in a permissions boundary", "DeniedByBoundary", "in the boundary"),
        ("because no permissions boundary allows the ec2:CreateVpcEndpoint action", "DeniedByBoundary", "in the boundary"),
        ("with an explicit deny in a session policy", "DeniedBySessionPolicy", "where the role is assumed"),
        ("because no session policy allows the ec2:CreateVpcEndpoint action", "DeniedBySessionPolicy", "role is assumed"),
        ("because no VPC endpoint policy allows the ec2:CreateVpcEndpoint action", "DeniedByEndpointPolicy", "endpoint's"),
        ("because no identity-based policy allows the ec2:CreateVpcEndpoint action", "AccessDenied", "operator's role"),
        ("with an explicit deny in an identity-based policy", "AccessDenied", "to the operator's role"),
        ("on resource: arn:aws:ec2:us-east-1:1:vpc-endpoint/*", "AccessDenied", "to the operator's role"),
    ],
)
def test_the_policy_that_denies_is_told_by_awss_words(text: str, reason: str, where: str) -> None:
    found = problem(said(text), "mwaa", "create_environment")
    assert (found.trouble, found.reason, found.action) == (Trouble.DENIED, reason, "ec2:CreateVpcEndpoint")
    hint = found.message.partition(text)[2]
    assert where in hint and "ec2:CreateVpcEndpoint" in hint
    assert WHO in found.message


def test_ec2_says_it_with_another_code() -> None:
    text = "with an explicit deny in a service control policy. Encoded authorization failure message: 6Xy"
    assert problem(said(text, "UnauthorizedOperation"), "ec2", "create_vpc").reason == "DeniedByScp"


def test_a_question_that_somebody_elses_policy_denies_is_a_question_that_may_not_be_asked() -> None:
    assert withheld(problem(said("with an explicit deny in a service control policy"), "ec2", "describe_subnets"))
    assert not withheld(problem(said("", "AuthFailure"), "ec2", "describe_subnets"))
