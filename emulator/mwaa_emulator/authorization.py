"""What IAM asks before it lets a call pass: actions, resources, and the condition keys that the call itself sets. Pure.

Source: the tables "API operations" and "Actions" of AWS's service authorization reference, and for what CreateEnvironment
does on behalf of its caller the guide's policy AmazonMWAAFullApiAccess (01 section 11.2). The services that an MWAA
environment is made of are told exactly; of any other call only the action is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from mwaa_emulator.wire import Request

MWAA = "airflow.amazonaws.com"
SERVICE_ROLE = "aws-service-role/airflow.amazonaws.com/AWSServiceRoleForAmazonMWAA"
ANYTHING = ("*",)
"""The resource of actions that are not about a resource."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that the caller must be allowed to do."""

    action: str
    resources: tuple[str, ...] = ()
    """To be allowed on one of them is enough. Empty: not known here."""
    context: Mapping[str, str] = field(default_factory=dict)
    """Condition keys and their values, as far as the call tells them."""


def asked(request: Request) -> list[Ask]:
    """All that the caller of a named call must be allowed. Roles come without their path, which the call does not tell."""
    table = _SERVICES.get(request.service)
    return list(_plain(request) if table is None else table(request))


def _plain(request: Request) -> Iterator[Ask]:
    yield Ask(f"{request.service}:{request.operation}")


def _request_tags(tags: Mapping[str, str]) -> dict[str, str]:
    return {f"aws:RequestTag/{key}": value for key, value in tags.items()}


# --- EC2

_TYPES = {
    "eipalloc": "elastic-ip",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "rtb": "route-table",
    "rtbassoc": "route-table",
    "sg": "security-group",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""How the id of a thing begins, and its type in ARNs."""
_MADE = {
    "AllocateAddress": "elastic-ip",
    "CreateInternetGateway": "internet-gateway",
    "CreateNatGateway": "natgateway",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
_ABOUT = {
    "AllocateAddress": (),
    "AssociateRouteTable": ("RouteTableId", "SubnetId"),
    "AttachInternetGateway": ("InternetGatewayId", "VpcId"),
    "AuthorizeSecurityGroupEgress": ("GroupId",),
    "AuthorizeSecurityGroupIngress": ("GroupId",),
    "CreateInternetGateway": (),
    "CreateNatGateway": ("SubnetId", "AllocationId"),
    "CreateRoute": ("RouteTableId",),
    "CreateRouteTable": ("VpcId",),
    "CreateSecurityGroup": ("VpcId",),
    "CreateSubnet": ("VpcId",),
    "CreateVpc": (),
    "CreateVpcEndpoint": ("VpcId", "SubnetId", "SecurityGroupId", "RouteTableId"),
    "DeleteInternetGateway": ("InternetGatewayId",),
    "DeleteNatGateway": ("NatGatewayId",),
    "DeleteRoute": ("RouteTableId",),
    "DeleteRouteTable": ("RouteTableId",),
    "DeleteSecurityGroup": ("GroupId",),
    "DeleteSubnet": ("SubnetId",),
    "DeleteVpc": ("VpcId",),
    "DeleteVpcEndpoints": ("VpcEndpointId",),
    "DescribeVpcAttribute": ("VpcId",),
    "DetachInternetGateway": ("InternetGatewayId", "VpcId"),
    "DisassociateRouteTable": ("AssociationId",),
    "ModifySubnetAttribute": ("SubnetId",),
    "ModifyVpcAttribute": ("VpcId",),
    "ModifyVpcEndpoint": (
        "VpcEndpointId",
        *(f"{what}{which}Id" for what in ("Add", "Remove") for which in ("Subnet", "SecurityGroup", "RouteTable")),
    ),
    "ReleaseAddress": ("AllocationId",),
    "ReplaceRoute": ("RouteTableId",),
    "ReplaceRouteTableAssociation": ("RouteTableId", "AssociationId"),
    "RevokeSecurityGroupEgress": ("GroupId",),
    "RevokeSecurityGroupIngress": ("GroupId",),
}
"""The parameters that name the resources of an action, once or numbered; what a call only mentions is none."""
_TAG_KEY = re.compile(r"(?:TagSpecification\.\d+\.)?Tag\.\d+\.Key")


def _ec2(request: Request) -> Iterator[Ask]:
    operation, params, action = request.operation, request.params, f"ec2:{request.operation}"
    tags = {params[key]: params.get(f"{key.removesuffix('Key')}Value", "") for key in params if _TAG_KEY.fullmatch(key)}
    if operation in ("CreateTags", "DeleteTags"):
        for key, id_ in params.items():
            if key.startswith("ResourceId."):
                yield Ask(action, (_ec2_arn(request, id_),), _request_tags(tags))
        return
    if operation not in _ABOUT:
        yield Ask(action, ANYTHING if operation.startswith("Describe") else ())
        return
    if made := _MADE.get(operation):
        new = (f"arn:aws:ec2:{request.region}:{request.account}:{made}/*",)
        yield Ask(action, new, _request_tags(tags))
        if tags:
            yield Ask("ec2:CreateTags", new, {**_request_tags(tags), "ec2:CreateAction": operation})
    for name in _ABOUT[operation]:
        for id_ in (value for key, value in params.items() if re.fullmatch(rf"{name}(\.\d+)?", key)):
            yield Ask(action, (_ec2_arn(request, id_),))


def _ec2_arn(request: Request, id_: str) -> str:
    prefix = id_.partition("-")[0]
    # which table an association is of, only EC2 knows
    name = "*" if prefix == "rtbassoc" else id_
    return f"arn:aws:ec2:{request.region}:{request.account}:{_TYPES.get(prefix, prefix)}/{name}"


# --- IAM


def _iam(request: Request) -> Iterator[Ask]:
    operation, params = request.operation, request.params
    if operation == "SimulatePrincipalPolicy":
        yield Ask(f"iam:{operation}", (params.get("PolicySourceArn", "*"),))
        return
    if "RoleName" not in params:
        yield Ask(f"iam:{operation}")
        return
    path = params.get("Path", "/") if operation == "CreateRole" else "/"
    keys = [key for key in params if re.fullmatch(r"Tags\.member\.\d+\.Key", key)]
    tags = {params[key]: params.get(f"{key.removesuffix('Key')}Value", "") for key in keys}
    role = (f"arn:aws:iam::{request.account}:role{path}{params['RoleName']}",)
    yield Ask(f"iam:{operation}", role, _request_tags(tags))
    if operation == "CreateRole" and tags:
        yield Ask("iam:TagRole", role, _request_tags(tags))


# --- CloudWatch Logs


def _logs(request: Request) -> Iterator[Ask]:
    operation, params = request.operation, request.params
    given = params.get("resourceArn") or params.get("logGroupIdentifier") or params.get("logGroupName")
    if operation.startswith("Describe") or not given:
        yield Ask(f"logs:{operation}", ANYTHING if operation == "DescribeLogGroups" else ())
        return
    name = str(given).partition(":log-group:")[2].removesuffix(":*") or str(given)
    group = (f"arn:aws:logs:{request.region}:{request.account}:log-group:{name}",)
    tags = _request_tags(params.get("tags") or {})
    yield Ask(f"logs:{operation}", group, tags)
    if operation == "CreateLogGroup" and tags:
        yield Ask("logs:TagResource", group, tags)


# --- KMS

_OF_NO_KEY = frozenset({"ListAliases", "ListKeys"})
_OF_ALIASES = frozenset({"CreateAlias", "DeleteAlias", "UpdateAlias"})


def _kms(request: Request) -> Iterator[Ask]:
    operation, params = request.operation, request.params
    prefix = f"arn:aws:kms:{request.region}:{request.account}"
    tags = {str(tag.get("TagKey")): str(tag.get("TagValue")) for tag in params.get("Tags") or ()}
    if operation == "CreateKey":
        yield Ask("kms:CreateKey", ANYTHING, _request_tags(tags))
        if tags:
            yield Ask("kms:TagResource", (f"{prefix}:key/*",), _request_tags(tags))
        return
    if operation in _OF_NO_KEY:
        yield Ask(f"kms:{operation}", ANYTHING)
        return
    if operation in _OF_ALIASES:
        yield Ask(f"kms:{operation}", (f"{prefix}:{params.get('AliasName')}",))
    given = str(params.get("TargetKeyId") or params.get("KeyId") or "*")
    # which key an alias is of, only KMS knows
    id_ = "*" if given.startswith("alias/") or ":alias/" in given else given.rpartition("/")[2]
    yield Ask(f"kms:{operation}", (f"{prefix}:key/{id_}",), _request_tags(tags))


# --- S3

_S3_ACTIONS = {
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
"""Operations that IAM knows by another name."""
_OF_VERSIONS = frozenset({"GetObject", "DeleteObject"})
_OBJECT = re.compile(rb"<Object>(.*?)</Object>", re.DOTALL)
_KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)


def _s3(request: Request) -> Iterator[Ask]:
    operation, params = request.operation, request.params
    action = _S3_ACTIONS.get(operation, operation)
    bucket = f"arn:aws:s3:::{params['Bucket']}" if "Bucket" in params else "*"
    if operation == "DeleteObjects":
        for each in _OBJECT.findall(request.body):
            key, version = _KEY.search(each), "Version" if b"<VersionId>" in each else ""
            yield Ask(f"s3:DeleteObject{version}", (f"{bucket}/{key[1].decode() if key else ''}",))
        return
    if operation == "CopyObject":
        source, _, version = unquote(request.header("x-amz-copy-source")).lstrip("/").partition("?versionId=")
        yield Ask(f"s3:GetObject{'Version' if version else ''}", (f"arn:aws:s3:::{source}",))
        yield Ask("s3:PutObject", (f"{bucket}/{params['Key']}",))
        return
    if "Key" in params:
        version = "Version" if action in _OF_VERSIONS and "versionId" in params else ""
        yield Ask(f"s3:{action}{version}", (f"{bucket}/{params['Key']}",))
        return
    yield Ask(f"s3:{action}", (bucket,))
    if operation == "CreateBucket" and b"<Tags>" in request.body:
        yield Ask("s3:TagResource", (bucket,))


_S3_CONTROL_ACTIONS = {
    "DeletePublicAccessBlock": "PutAccountPublicAccessBlock",
    "GetPublicAccessBlock": "GetAccountPublicAccessBlock",
    "PutPublicAccessBlock": "PutAccountPublicAccessBlock",
}


def _s3control(request: Request) -> Iterator[Ask]:
    known = _S3_CONTROL_ACTIONS.get(request.operation)
    yield Ask(f"s3:{known or request.operation}", ANYTHING if known else ())


# --- STS and MWAA


def _sts(request: Request) -> Iterator[Ask]:
    if request.operation != "GetCallerIdentity":  # which everybody may ask
        role = request.params.get("RoleArn")
        yield Ask(f"sts:{request.operation}", (role,) if role else ())


_WITH_KEY = (
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "ListGrants",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RevokeGrant",
)
"""What the guide's policies for those who create environments add for a customer key (01 section 11)."""
_AIRFLOW_ROLES = ("Admin", "Op", "User", "Viewer", "Public")
_BY_AIRFLOW_ROLE = frozenset({"CreateWebLoginToken", "InvokeRestApi"})


def _mwaa(request: Request) -> Iterator[Ask]:
    operation, params = request.operation, request.params
    prefix = f"arn:aws:airflow:{request.region}:{request.account}"
    name = params.get("Name") or params.get("EnvironmentName")
    if operation in _BY_AIRFLOW_ROLE:
        yield Ask(f"airflow:{operation}", tuple(f"{prefix}:role/{name}/{role}" for role in _AIRFLOW_ROLES))
        return
    environment = params.get("ResourceArn") or (f"{prefix}:environment/{name}" if name else "*")
    tags = _request_tags(params.get("Tags") or {})
    yield Ask(f"airflow:{operation}", (environment,), tags)
    if operation == "CreateEnvironment" and tags:
        yield Ask("airflow:TagResource", (environment,), tags)
    if role := params.get("ExecutionRoleArn"):
        yield Ask("iam:PassRole", (str(role),), {"iam:PassedToService": MWAA})
    if operation == "CreateEnvironment":
        yield from _on_behalf(request)


def _on_behalf(request: Request) -> Iterator[Ask]:
    """What MWAA looks at and makes for the caller of CreateEnvironment, with the caller's rights."""
    params, ec2 = request.params, f"arn:aws:ec2:{request.region}:{request.account}"
    role = f"arn:aws:iam::{request.account}:role/{SERVICE_ROLE}"
    yield Ask("iam:CreateServiceLinkedRole", (role,), {"iam:AWSServiceName": MWAA})
    yield Ask("s3:GetEncryptionConfiguration", (str(params.get("SourceBucketArn")),))
    if key := str(params.get("KmsKey") or ""):
        arn = key if key.startswith("arn:") else f"arn:aws:kms:{request.region}:{request.account}:key/{key}"
        yield from (Ask(f"kms:{action}", (arn,)) for action in _WITH_KEY)
    for things in ("RouteTables", "SecurityGroups", "Subnets", "Vpcs"):
        yield Ask(f"ec2:Describe{things}", ANYTHING)
    network = params.get("NetworkConfiguration") or {}
    subnets = [f"{ec2}:subnet/{id_}" for id_ in network.get("SubnetIds", ())]
    groups = [f"{ec2}:security-group/{id_}" for id_ in network.get("SecurityGroupIds", ())]
    for thing in (f"{ec2}:network-interface/*", *subnets):
        yield Ask("ec2:CreateNetworkInterface", (thing,))
    for thing in (f"{ec2}:vpc-endpoint/*", f"{ec2}:vpc/*", *subnets, *groups):
        yield Ask("ec2:CreateVpcEndpoint", (thing,))


_SERVICES: Mapping[str, Callable[[Request], Iterator[Ask]]] = {
    "ec2": _ec2,
    "iam": _iam,
    "kms": _kms,
    "logs": _logs,
    "mwaa": _mwaa,
    "s3": _s3,
    "s3control": _s3control,
    "sts": _sts,
}


def value(ask: Ask, key: str) -> str | None:
    """The value of a condition key, as far as the call tells it. The names of keys know no case, tags do."""
    name, _, tag = key.partition("/")
    for known, found in ask.context.items():
        known_name, _, known_tag = known.partition("/")
        if (known_name.lower(), known_tag) == (name.lower(), tag):
            return found
    return None


def actions(asks: Iterable[Ask]) -> list[str]:
    """The names of all that is asked for, once each."""
    return sorted({ask.action for ask in asks})
