"""Which endpoints are ours to make: by the routing of the network, and by what the environment leaves to AWS."""

from __future__ import annotations

import pytest

from mwaa_operator.api.environment import EnvironmentSpec
from mwaa_operator.api.network import NetworkSpec
from mwaa_operator.core.kind import Context, Neighbour, Object
from mwaa_operator.kinds.environment import EnvironmentKind
from mwaa_operator.kinds.network import NetworkKind
from mwaa_operator.resources.ec2_endpoint import VpcEndpoint

TEN = {"s3", "monitoring", "logs", "ecr.dkr", "ecr.api", "sqs", "kms", "airflow.api", "airflow.env", "airflow.ops"}
FACTS = {
    "Network": {"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1", "subnet-2"], "securityGroupId": "sg-1"},
    "Bucket": {"bucketArn": "arn:aws:s3:::b", "bucketName": "b"},
    "ExecutionRole": {"roleArn": "arn:aws:iam::123456789012:role/r", "environments": ["first"]},
}
CONTEXT = Context(
    "123456789012",
    "us-east-1",
    "aws",
    {(kind, "first"): Neighbour(kind, "first", None, facts) for kind, facts in FACTS.items()},
)


def endpoints(kind, spec):
    graph = kind.desired(Object(kind.NAME, "team", "first", "6f1c", 1, spec), CONTEXT)
    return {name.partition("/")[2] for name, part in graph.parts.items() if isinstance(part.model, VpcEndpoint)}


@pytest.mark.row("C65")
@pytest.mark.parametrize(
    ("routing", "mode", "management", "expected"),
    [
        ("Public", "PUBLIC_ONLY", "SERVICE", set()),
        ("Public", "PRIVATE_ONLY", "SERVICE", set()),
        ("Private", "PRIVATE_ONLY", "SERVICE", TEN),
        ("Private", "PUBLIC_ONLY", "SERVICE", TEN),
        ("Public", "PUBLIC_ONLY", "CUSTOMER", {"database"}),
        ("Public", "PRIVATE_ONLY", "CUSTOMER", {"database", "webserver"}),
        ("Private", "PUBLIC_ONLY", "CUSTOMER", TEN | {"database"}),
        ("Private", "PRIVATE_ONLY", "CUSTOMER", TEN | {"database", "webserver"}),
    ],
)
def test_the_guides_table(routing, mode, management, expected) -> None:
    """Guide part 3, section 9.2; its last row holds for every combination above it."""
    references = {name: {"name": "first"} for name in ("networkRef", "bucketRef", "executionRoleRef")}
    environment = {**references, "webserverAccessMode": mode, "endpointManagement": management}
    of_network = endpoints(NetworkKind(), NetworkSpec(routing=routing))
    of_environment = endpoints(EnvironmentKind(), EnvironmentSpec.model_validate(environment))
    assert of_network | of_environment == expected
    assert not of_network & of_environment
