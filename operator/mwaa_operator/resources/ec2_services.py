"""What EC2 calls the endpoints of AWS's services.

Source: the table of exceptions that the AWS CDK keeps for its interface endpoints (`InterfaceVpcEndpointAwsService`), which
is made of DescribeVpcEndpointServices. Of it here: the services that environments need, and what DAGs often call.
"""

from __future__ import annotations

from collections.abc import Mapping

_CHINA = frozenset(
    {
        "athena",
        "ec2",
        "ecr.api",
        "ecr.dkr",
        "eks",
        "emr-containers",
        "lambda",
        "monitoring",
        "rds",
        "redshift",
        "redshift-data",
        "sagemaker.api",
        "sagemaker.runtime",
        "sqs",
        "states",
        "sts",
    }
)
OTHERWISE: Mapping[str, tuple[str, frozenset[str]]] = {
    "cn-": ("cn.com.amazonaws", _CHINA),
    "eusc-": ("eu.amazonaws", frozenset({"ecr.api", "ecr.dkr"})),
}
"""How regions begin in which the names of some services begin otherwise."""


def service_name(service: str, region: str) -> str:
    """Give the whole name, such as `com.amazonaws.eu-west-1.sqs`; a whole name is left as it is."""
    if "amazonaws." in service:
        return service
    for start, (prefix, services) in OTHERWISE.items():
        if region.startswith(start) and service in services:
            return f"{prefix}.{region}.{service}"
    return f"com.amazonaws.{region}.{service}"
