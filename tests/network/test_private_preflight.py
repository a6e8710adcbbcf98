"""What stands before an environment in a network without internet of ours: nothing, unless somebody breaks it."""

from __future__ import annotations

import pytest

from mwaa_operator.api.network import Egress, NetworkSpec, Routing
from mwaa_operator.aws import facts
from mwaa_operator.core.policy import DriftPolicy
from mwaa_operator.resources.mwaa import Environment


async def found(stack, mode, **changes):
    """Look at the network as a declared environment gets it, with AWS's own answers."""
    published = stack.facts(await stack.once())
    want = Environment(
        name="first",
        execution_role_arn="arn:aws:iam::123456789012:role/r",
        source_bucket_arn="arn:aws:s3:::enclosed",
        dag_s3_path="dags",
        subnet_ids=tuple(published["privateSubnetIds"]),
        security_group_ids=(published["securityGroupId"],),
        webserver_access_mode=mode,
        **changes,
    )
    (check,) = (each for each in facts.checks(stack.aws) if each.NAME == "network")
    return [(each.code, each.severity.value) for each in await check.findings(want, "us-east-1")]


@pytest.mark.parametrize("management", ["SERVICE", "CUSTOMER"])
@pytest.mark.parametrize("egress", Egress)
async def test_nothing_is_wrong_with_it(new_stack, account, egress, management) -> None:
    stack = new_stack(spec=NetworkSpec(routing=Routing.PRIVATE, egress=egress))
    await stack.settle()
    assert await found(stack, "PRIVATE_ONLY", endpoint_management=management) == []

    account.modify_vpc_endpoint(VpcEndpointId=stack.id("endpoints/kms"), PrivateDnsEnabled=False)
    stack.drift = DriftPolicy.REPORT
    assert await found(stack, "PRIVATE_ONLY", endpoint_management=management) == [("EndpointWithoutPrivateDns", "Error")]


async def test_a_public_web_server_there_is_a_warning_and_no_more(private) -> None:
    await private.settle()
    assert await found(private, "PUBLIC_ONLY") == [("PublicAccessWithoutInternet", "Warning")]
