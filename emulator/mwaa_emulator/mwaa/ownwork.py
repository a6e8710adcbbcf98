"""What MWAA makes in the customer's account with rights of its own: its service-linked role, log groups, VPC endpoints."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from mwaa_emulator.mwaa import catalogue
from mwaa_emulator.mwaa.environment import Environment

MANAGED = "AmazonMWAAManaged"
"""The tag on what is MWAA's (guide, 01 section 12)."""
_ROLE_PATH = "/aws-service-role/airflow.amazonaws.com/"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "airflow.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


def ensure_service_role(iam: Any) -> None:
    """Create AWSServiceRoleForAmazonMWAA unless it is there (guide, 01 section 12)."""
    try:
        iam.get_role(RoleName=catalogue.SERVICE_ROLE)
    except ClientError:
        iam.create_role(RoleName=catalogue.SERVICE_ROLE, Path=_ROLE_PATH, AssumeRolePolicyDocument=json.dumps(_TRUST))


def ensure_log_groups(logs: Any, environment: Environment) -> None:
    """Create the groups of the enabled log types (guide, 04 section 4.3); existing ones are left as they are."""
    key = environment.settings.get("KmsKey")
    shown = environment.view()["LoggingConfiguration"]
    for member, suffix, _ in catalogue.LOG_TYPES:
        if not shown[member]["Enabled"]:
            continue
        try:
            logs.create_log_group(logGroupName=environment.log_group(suffix), **({"kmsKeyId": key} if key else {}))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
                raise


def ensure_endpoints(ec2: Any, environment: Environment) -> None:
    """Make the endpoints that the customer does not, in the environment's subnets, and keep them right (guide, 03 8.1)."""
    if environment.settings["EndpointManagement"] == "CUSTOMER":
        return
    there, wanted = _endpoints(ec2, environment), environment.endpoint_services()
    subnets, groups = list(environment.subnets()), list(environment.security_groups())
    vpcs = {each["VpcId"] for each in ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": subnets}])["Subnets"]}
    ec2.delete_vpc_endpoints(VpcEndpointIds=[id_ for service, (id_, _) in there.items() if service not in wanted])
    for service in wanted:
        if service not in there:
            if not vpcs:
                return  # without checks of prerequisites the network may be made up
            tags = [{"Key": MANAGED, "Value": "true"}, {"Key": "Name", "Value": environment.name}]
            made = ec2.create_vpc_endpoint(
                VpcEndpointType="Interface", VpcId=min(vpcs), ServiceName=service, SubnetIds=subnets,
                SecurityGroupIds=groups, TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}],
            )  # fmt: skip
            environment.own_endpoints.append(made["VpcEndpoint"]["VpcEndpointId"])
        elif (old := there[service][1]) != set(groups):
            changes = {"AddSecurityGroupIds": sorted(set(groups) - old), "RemoveSecurityGroupIds": sorted(old - set(groups))}
            given = {name: ids for name, ids in changes.items() if ids}
            ec2.modify_vpc_endpoint(VpcEndpointId=there[service][0], **given)


def remove_endpoints(ec2: Any, environment: Environment) -> None:
    """Delete the endpoints that MWAA has made for an environment."""
    ec2.delete_vpc_endpoints(VpcEndpointIds=[id_ for id_, _ in _endpoints(ec2, environment).values()])


def _endpoints(ec2: Any, environment: Environment) -> dict[str, tuple[str, set[str]]]:
    """MWAA's own endpoints for an environment by service, each with its id and its groups."""
    points: list[Any] = []
    for id_ in environment.own_endpoints:
        # by id: with a filter moto looks through the tags of everything, for each endpoint that there is
        try:
            points += ec2.describe_vpc_endpoints(VpcEndpointIds=[id_])["VpcEndpoints"]
        except ClientError as error:
            if not error.response["Error"]["Code"].startswith("InvalidVpcEndpointId"):
                raise
    return {
        point["ServiceName"]: (point["VpcEndpointId"], {group["GroupId"] for group in point.get("Groups", ())})
        for point in points
        if point["State"] != "deleted"
    }
