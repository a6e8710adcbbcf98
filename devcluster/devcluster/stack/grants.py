"""On what, and under which conditions, the operator is allowed each action that it needs.

Resources are as narrow as what objects may declare: buckets have any name, networks any id, and the names of roles begin
with `AmazonMWAA-`. Deleting asks for the operator's owner tag, and making for it in the request. Changing and tagging do
not: what is adopted has no such tag before. Which action knows which resources and conditions is taken from AWS's service
authorization reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Condition = Mapping[str, Mapping[str, str]]
MADE: Condition = {"Null": {"aws:RequestTag/mwaa-operator.dev/owner": "false"}}
OWNED: Condition = {"Null": {"aws:ResourceTag/mwaa-operator.dev/owner": "false"}}

ENVIRONMENTS = "arn:aws:airflow:*:*:environment/*"
GROUPS = "arn:aws:logs:*:*:log-group:airflow-*"
ROLES = "arn:aws:iam::*:role/service-role/AmazonMWAA-*"


def _ec2(*types: str) -> tuple[str, ...]:
    return tuple(f"arn:aws:ec2:*:*:{type_}/*" for type_ in types)


NETWORK = _ec2(
    "elastic-ip", "internet-gateway", "natgateway", "route-table", "security-group", "subnet", "vpc", "vpc-endpoint"
)
ITS_TYPE = ("arn:aws:ec2:*:*:*/*",)
"""For actions that are about one type of resource only. Naming it would not fit: a policy has 6,144 characters at most."""


@dataclass(frozen=True)
class Grant:
    """One statement, if any of its actions is needed."""

    sid: str
    why: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    condition: Condition = field(default_factory=dict)

    def statement(self, needed: frozenset[str]) -> dict[str, Any]:
        """Give the statement with those of its actions that are needed."""
        shown: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": sorted(needed.intersection(self.actions)),
            "Resource": sorted(self.resources),
        }
        return {**shown, "Condition": self.condition} if self.condition else shown


GRANTS = (
    Grant(
        "Look",
        "Lists for all kinds, on everything: environments are counted and compared with the quota, log groups are found by "
        "their prefix, and EC2 describes what there is. MWAA and the check of given subnets need that too.",
        (
            "airflow:ListEnvironments",
            "ec2:DescribeAddresses",
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeNatGateways",
            "ec2:DescribeNetworkAcls",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribePrefixLists",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcs",
            "logs:DescribeLogGroups",
            "servicequotas:ListServiceQuotas",
        ),
    ),
    Grant(
        "EnvironmentsMake",
        "Environments are made with the owner tag.",
        ("airflow:CreateEnvironment",),
        (ENVIRONMENTS,),
        MADE,
    ),
    Grant(
        "Environments",
        "Environments are looked at, changed and tagged. Without a condition, since one that is adopted is not tagged yet.",
        ("airflow:GetEnvironment", "airflow:TagResource", "airflow:UntagResource", "airflow:UpdateEnvironment"),
        (ENVIRONMENTS,),
    ),
    Grant(
        "EnvironmentsDelete",
        "Only environments with the owner tag can be deleted.",
        ("airflow:DeleteEnvironment",),
        (ENVIRONMENTS,),
        OWNED,
    ),
    Grant(
        "Airflow",
        "Airflow is asked about its health, imports and runs, and DAGs are unpaused and run: its role User may do that.",
        ("airflow:InvokeRestApi",),
        ("arn:aws:airflow:*:*:role/*/User",),
    ),
    Grant(
        "PassRole",
        "CreateEnvironment and UpdateEnvironment hand a role to MWAA, and to no other service. Any role, since an "
        "Environment may name one; only one that trusts MWAA can be used.",
        ("iam:PassRole",),
        ("arn:aws:iam::*:role/*",),
        {"StringEquals": {"iam:PassedToService": "airflow.amazonaws.com"}},
    ),
    Grant(
        "LinkedRole",
        "The first environment of an account makes MWAA's service-linked role.",
        ("iam:CreateServiceLinkedRole",),
        ("arn:aws:iam::*:role/aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA",),
        {"StringEquals": {"iam:AWSServiceName": "airflow.amazonaws.com"}},
    ),
    Grant(
        "PreflightRoles",
        "Before an environment is created, IAM is asked who may take on its role, and what that role and the operator "
        "itself may do. Without this it is only said that it was not checked.",
        ("iam:GetRole", "iam:SimulatePrincipalPolicy"),
        ("arn:aws:iam::*:role/*", "arn:aws:iam::*:user/*"),
    ),
    Grant(
        "MwaaEndpoints",
        "MWAA makes its VPC endpoints and network interfaces on behalf of who creates an environment, so that no condition "
        "on tags can hold; those that AWS leaves to the customer, and those of networks without internet, the operator "
        "makes itself, with the owner tag.",
        ("ec2:CreateNetworkInterface", "ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"),
        _ec2("network-interface", "route-table", "security-group", "subnet", "vpc", "vpc-endpoint"),
    ),
    Grant("LogGroupsMake", "Log groups are made with the owner tag.", ("logs:CreateLogGroup",), (GROUPS,), MADE),
    Grant(
        "LogGroups",
        "Log groups of environments are changed, tagged and read, also when they are adopted.",
        (
            "logs:AssociateKmsKey",
            "logs:FilterLogEvents",
            "logs:ListTagsForResource",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
        ),
        (GROUPS,),
    ),
    Grant(
        "LogGroupsDelete", "Only log groups with the owner tag can be deleted.", ("logs:DeleteLogGroup",), (GROUPS,), OWNED
    ),
    Grant(
        "Buckets",
        "Buckets have any name. S3 looks at tags only where a bucket has that switched on, so that conditions cannot help.",
        (
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketTagging",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:ListBucket",
            "s3:ListBucketVersions",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketTagging",
            "s3:PutBucketVersioning",
            "s3:PutLifecycleConfiguration",
            "s3:TagResource",
        ),
        ("arn:aws:s3:::*",),
    ),
    Grant(
        "Objects",
        "DAGs and other files are delivered, and buckets that may be purged are emptied.",
        ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
        ("arn:aws:s3:::*/*",),
    ),
    Grant(
        "RolesLook",
        "Roles are looked at. IAM does not know the path of a role that does not exist yet.",
        (
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
        ),
        (ROLES, "arn:aws:iam::*:role/AmazonMWAA-*"),
    ),
    Grant("RolesMake", "Roles are made with the owner tag.", ("iam:CreateRole",), (ROLES,), MADE),
    Grant(
        "Roles",
        "Roles are changed and tagged, also when they are adopted.",
        ("iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy"),
        (ROLES,),
    ),
    Grant(
        "RolesDelete",
        "Only roles with the owner tag can be deleted.",
        ("iam:DeleteRole", "iam:DeleteRolePolicy"),
        (ROLES,),
        OWNED,
    ),
    Grant(
        "NetworksMake",
        "Everything in a network is made with the owner tag.",
        (
            "ec2:AllocateAddress",
            "ec2:CreateInternetGateway",
            "ec2:CreateNatGateway",
            "ec2:CreateRouteTable",
            "ec2:CreateSecurityGroup",
            "ec2:CreateSubnet",
            "ec2:CreateVpc",
        ),
        ITS_TYPE,
        MADE,
    ),
    Grant(
        "NetworksMakeInVpc",
        "What is made in a VPC is asked for on the VPC too, which the tags of the request are not for.",
        ("ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet"),
        _ec2("vpc"),
    ),
    Grant(
        "NetworksMakeNat",
        "A NAT gateway is asked for on its subnet and its address too.",
        ("ec2:CreateNatGateway",),
        _ec2("elastic-ip", "subnet"),
    ),
    Grant("NetworksTag", "Everything is tagged when it is made, adopted, or has lost a tag.", ("ec2:CreateTags",), NETWORK),
    Grant(
        "Networks",
        "Networks are changed, also when they are adopted, and taken apart.",
        (
            "ec2:AssociateRouteTable",
            "ec2:AttachInternetGateway",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:CreateRoute",
            "ec2:DetachInternetGateway",
            "ec2:DisassociateRouteTable",
            "ec2:ModifySubnetAttribute",
            "ec2:ModifyVpcAttribute",
            "ec2:ReplaceRoute",
            "ec2:ReplaceRouteTableAssociation",
            "ec2:RevokeSecurityGroupEgress",
        ),
        _ec2("internet-gateway", "route-table", "security-group", "subnet", "vpc"),
    ),
    Grant(
        "NetworksDelete",
        "Only what has the owner tag can be deleted.",
        (
            "ec2:DeleteInternetGateway",
            "ec2:DeleteNatGateway",
            "ec2:DeleteRoute",
            "ec2:DeleteRouteTable",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteSubnet",
            "ec2:DeleteVpc",
            "ec2:DeleteVpcEndpoints",
            "ec2:ReleaseAddress",
        ),
        ITS_TYPE,
        OWNED,
    ),
)
