"""Prepares an account for an environment with ordinary AWS calls: for tests, benchmarks and first steps."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

TRUST: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": ["airflow.amazonaws.com", "airflow-env.amazonaws.com"]},
            "Action": "sts:AssumeRole",
        }
    ],
}


def policy(bucket: str) -> dict[str, Any]:
    """The guide's least policy, without what the emulator does not look at."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject*", "s3:GetBucket*", "s3:List*"],
                "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            },
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"],
                "Resource": "arn:aws:logs:us-east-1:123456789012:log-group:airflow-*",
            },
            {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:us-east-1:*:airflow-celery-*"},
        ],
    }


class PreparedAccount:
    """The bucket, role and network of an account in us-east-1.

    Args:
        client: gives a client of a service.
        bucket: its name.
        role: its name.
        cidrs: of the two private subnets, of which each environment takes two addresses.
    """

    def __init__(
        self,
        client: Callable[..., Any],
        bucket: str = "my-bucket",
        role: str = "my-role",
        cidrs: tuple[str, str] = ("10.192.20.0/24", "10.192.21.0/24"),
    ) -> None:
        self.s3, self.iam, self.ec2 = client("s3"), client("iam"), client("ec2")
        self.bucket, self.role = bucket, role
        self.s3.create_bucket(Bucket=bucket)
        self.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.block(True)
        self.s3.put_object(Bucket=bucket, Key="dags/hello.py", Body=b"# airflow dag\n")
        self.role_arn = self.iam.create_role(
            RoleName=role, Path="/service-role/", AssumeRolePolicyDocument=json.dumps(TRUST)
        )["Role"]["Arn"]
        self.permit(policy(bucket))
        self.vpc = self.ec2.create_vpc(CidrBlock="10.192.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [self.subnet(cidrs[0], "us-east-1a"), self.subnet(cidrs[1], "us-east-1b")]
        self.group = self.security_group(self.vpc)

    def block(self, value: bool) -> None:
        """Set all four flags that block public access."""
        flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        self.s3.put_public_access_block(Bucket=self.bucket, PublicAccessBlockConfiguration=dict.fromkeys(flags, value))

    def permit(self, document: dict[str, Any]) -> None:
        """Replace what the role may do."""
        self.iam.put_role_policy(RoleName=self.role, PolicyName="main", PolicyDocument=json.dumps(document))

    def trust(self, document: dict[str, Any]) -> None:
        """Replace who may assume the role."""
        self.iam.update_assume_role_policy(RoleName=self.role, PolicyDocument=json.dumps(document))

    def subnet(self, cidr: str, zone: str, vpc: str | None = None) -> str:
        """Make a subnet; its id."""
        made = self.ec2.create_subnet(VpcId=vpc or self.vpc, CidrBlock=cidr, AvailabilityZone=zone)
        return str(made["Subnet"]["SubnetId"])

    def security_group(self, vpc: str) -> str:
        """Make a security group; its id."""
        return str(self.ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc)["GroupId"])

    def request(self, name: str = "first", **changes: Any) -> dict[str, Any]:
        """A CreateEnvironment request; None takes a member away."""
        request = {
            "Name": name,
            "ExecutionRoleArn": self.role_arn,
            "SourceBucketArn": f"arn:aws:s3:::{self.bucket}",
            "DagS3Path": "dags",
            "NetworkConfiguration": {"SubnetIds": self.subnets, "SecurityGroupIds": [self.group]},
            **changes,
        }
        return {key: value for key, value in request.items() if value is not None}


def execution_policy(bucket: str) -> dict[str, Any]:
    """The guide's whole policy of an execution role, for every environment of the account."""
    logs = ("CreateLogStream", "CreateLogGroup", "PutLogEvents", "GetLogEvents", "GetLogRecord", "GetLogGroupFields")
    queue = (
        "ChangeMessageVisibility",
        "DeleteMessage",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ReceiveMessage",
        "SendMessage",
    )
    anywhere = ("logs:DescribeLogGroups", "s3:GetAccountPublicAccessBlock", "cloudwatch:PutMetricData")
    allowed = {
        "arn:aws:airflow:us-east-1:123456789012:environment/*": ["airflow:PublishMetrics"],
        "arn:aws:logs:us-east-1:123456789012:log-group:airflow-*": [f"logs:{each}" for each in (*logs, "GetQueryResults")],
        "arn:aws:sqs:us-east-1:*:airflow-celery-*": [f"sqs:{each}" for each in queue],
        "*": list(anywhere),
    }
    statements: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": actions, "Resource": resource} for resource, actions in allowed.items()
    ]
    buckets = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statements += [
        {"Effect": "Deny", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
        {"Effect": "Allow", "Action": ["s3:GetObject*", "s3:GetBucket*", "s3:List*"], "Resource": buckets},
        {
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"],
            "NotResource": "arn:aws:kms:*:123456789012:key/*",
            "Condition": {"StringLike": {"kms:ViaService": ["sqs.us-east-1.amazonaws.com"]}},
        },
    ]
    return {"Version": "2012-10-17", "Statement": statements}


class CompleteAccount(PreparedAccount):
    """An account with all that the guide asks for, also what the emulator itself does not look at."""

    def __init__(self, client: Callable[..., Any], **given: Any) -> None:
        super().__init__(client, **given)
        self.permit(execution_policy(self.bucket))
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        itself = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": self.group}]}]
        self.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=itself)
        self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        public = self.subnet("10.192.10.0/24", "us-east-1a")
        table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=table, SubnetId=public)
        self.ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.nat = self.ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
        # every other subnet of the VPC uses the main table
        main = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "association.main", "Values": ["true"]}]
        (table,) = self.ec2.describe_route_tables(Filters=main)["RouteTables"]
        self.routes = str(table["RouteTableId"])
        self.ec2.create_route(RouteTableId=self.routes, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=self.nat)
