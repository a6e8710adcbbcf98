"""Everything that is in the emulated account, told so that two runs can be compared: ids and names become roles."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import unified_diff
from typing import Any

import boto3
import yaml
from botocore.config import Config

from mwaa_emulator.client import Emulator

Inventory = dict[str, list[Any]]
OBJECT_TAG, PART_TAG, OWNER_TAG = (f"mwaa-operator.dev/{name}" for name in ("object", "part", "owner"))
OF_ONE_RUN = ("CeleryExecutorQueue", "CreatedAt", "DatabaseVpcEndpointService", "WeeklyMaintenanceWindowStart")
"""What MWAA makes up."""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+00:00)")
DRAWN = re.compile(r"(airflow-celery-|vpce-svc-|\bpl-)[0-9a-f-]+")
"""Names in AWS's own accounts, which are drawn anew for each environment."""
OF_ONE_ENVIRONMENT = re.compile(r'"(privateIpAddress|lastTime)": "[^"]*"')
"""Addresses that AWS draws, and how long it was at work."""


class Account:
    """The account, listed and not looked up: what nobody knows of is found too."""

    def __init__(self, emulator: Emulator) -> None:
        known = emulator.environment()
        session = boto3.Session(known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"], region_name=known["AWS_REGION"])
        config = Config(inject_host_prefix=False, retries={"total_max_attempts": 1})
        names = ("ec2", "iam", "s3", "logs", "mwaa", "kms")
        self._ec2, self._iam, self._s3, self._logs, self._mwaa, self._kms = (
            session.client(name, endpoint_url=emulator.url, config=config) for name in names
        )

    def inventory(self, names: Mapping[str, str], objects: Iterable[Mapping[str, Any]] = ()) -> Inventory:
        """List everything but the default VPC.

        Args:
            names: what differs between runs (a namespace, the uid of an object), and what to call it.
            objects: what Kubernetes says of them, to be told in the same words.
        """
        found = self._network() | self._rest() | {"object": [{**item, "tags": {}} for item in objects]}
        roles: dict[str, str] = dict(names)
        for type_, things in found.items():  # as ids, so the names that are made of a uid
            for thing in things:
                tags = thing["tags"]
                if "id" in thing:
                    kind = tags.get(OBJECT_TAG, "").partition("/")[0]
                    roles[thing.pop("id")] = f"<{type_} {kind} {tags.get(PART_TAG, 'untagged')}>"
        roles |= {thing["WebserverUrl"]: "<web server>" for thing in found["environment"] if "WebserverUrl" in thing}
        versions = [version for bucket in found["bucket"] for version in bucket["objects"]]
        roles |= {id_: f"<version of {key}, latest: {latest}>" for key, latest, id_ in versions if id_ != "null"}
        text = DRAWN.sub(r"\1<drawn>", TIME.sub("<time>", json.dumps(found, sort_keys=True)))
        text = OF_ONE_ENVIRONMENT.sub(r'"\1": "<drawn>"', text)
        for name in sorted(roles, key=len, reverse=True):
            text = text.replace(name, roles[name])
        plain: Inventory = _ordered(json.loads(text))
        return {type_: things for type_, things in plain.items() if things}

    def _network(self) -> Inventory:
        ec2 = self._ec2
        vpcs = ec2.describe_vpcs()["Vpcs"]
        default = {vpc["VpcId"] for vpc in vpcs if vpc["IsDefault"]}

        def ours(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
            return [item for item in items if item.get("VpcId") not in default]

        return {
            "vpc": [_thing(vpc, "VpcId", "CidrBlock", dns=self._dns(vpc["VpcId"])) for vpc in vpcs if not vpc["IsDefault"]],
            "subnet": [
                _thing(subnet, "SubnetId", "VpcId", "CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch")
                for subnet in ours(ec2.describe_subnets()["Subnets"])
            ],
            "internet gateway": [
                _thing(gateway, "InternetGatewayId", to=[at["VpcId"] for at in gateway["Attachments"]])
                for gateway in ec2.describe_internet_gateways()["InternetGateways"]
            ],
            "NAT gateway": [
                _thing(
                    nat, "NatGatewayId", "State", "SubnetId", at=[one["AllocationId"] for one in nat["NatGatewayAddresses"]]
                )
                for nat in ec2.describe_nat_gateways()["NatGateways"]
                if nat["State"] != "deleted"
            ],
            "address": [
                _thing(address, "AllocationId", used="AssociationId" in address)
                for address in ec2.describe_addresses()["Addresses"]
            ],
            "route table": [
                _thing(
                    table,
                    "RouteTableId",
                    "VpcId",
                    routes=[_without(route, "Origin") for route in table["Routes"]],
                    of=[at.get("SubnetId", "main") for at in table["Associations"]],
                )
                for table in ours(ec2.describe_route_tables()["RouteTables"])
            ],
            "security group": [
                _thing(group, "GroupId", "GroupName", "Description", "VpcId", "IpPermissions", "IpPermissionsEgress")
                for group in ours(ec2.describe_security_groups()["SecurityGroups"])
            ],
            "endpoint": [
                _thing(endpoint, "VpcEndpointId", "VpcId", "ServiceName")
                for endpoint in ec2.describe_vpc_endpoints()["VpcEndpoints"]
            ],
            "network interface": [
                _thing(one, "NetworkInterfaceId", "Description", tags="TagSet")
                for one in ours(ec2.describe_network_interfaces()["NetworkInterfaces"])
            ],
        }

    def _dns(self, vpc: str) -> list[bool]:
        names = {"enableDnsSupport": "EnableDnsSupport", "enableDnsHostnames": "EnableDnsHostnames"}
        return [
            self._ec2.describe_vpc_attribute(VpcId=vpc, Attribute=asked)[answered]["Value"]
            for asked, answered in names.items()
        ]

    def _rest(self) -> Inventory:
        return {
            "role": [self._role(role) for role in self._iam.list_roles()["Roles"]],
            "policy": [self._policy(policy) for policy in self._iam.list_policies(Scope="Local")["Policies"]],
            "bucket": [self._bucket(bucket["Name"]) for bucket in self._s3.list_buckets()["Buckets"]],
            "log group": [self._log_group(group) for group in self._logs.describe_log_groups()["logGroups"]],
            "key": [self._key(key["KeyId"]) for key in self._kms.list_keys()["Keys"]],
            **self._environments(),
        }

    def _environments(self) -> Inventory:
        found = [self._environment(name) for name in self._mwaa.list_environments()["Environments"]]
        names = [environment["Name"] for environment in found if environment["Status"] == "AVAILABLE"]
        asked = [(name, self._airflow(name, "/dags")["dags"], self._airflow(name, "/dags/~/dagRuns")) for name in names]
        return {
            "environment": found,
            "DAG": [
                {"environment": name, "dag": dag["dag_id"], "paused": dag["is_paused"], "tags": {}}
                for name, dags, _ in asked
                for dag in dags
            ],
            "DAG run": [
                {"environment": name, "dag": run["dag_id"], "run": run["dag_run_id"], "state": run["state"], "tags": {}}
                for name, _, runs in asked
                for run in runs["dag_runs"]
            ],
        }

    def _airflow(self, name: str, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._mwaa.invoke_rest_api(Name=name, Path=path, Method="GET")["RestApiResponse"]
        return answer

    def _role(self, role: dict[str, Any]) -> dict[str, Any]:
        name, iam = role["RoleName"], self._iam
        return {
            "id": name,
            "path": role["Path"],
            "trust": role["AssumeRolePolicyDocument"],
            "inline": {
                policy: iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
            },
            "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
            "tags": _plain(iam.list_role_tags(RoleName=name)["Tags"]),
        }

    def _policy(self, policy: dict[str, Any]) -> dict[str, Any]:
        version = self._iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        tags = self._iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"]
        return {"name": policy["PolicyName"], "document": version["PolicyVersion"]["Document"], "tags": _plain(tags)}

    def _bucket(self, name: str) -> dict[str, Any]:
        s3, listed = self._s3, self._s3.list_object_versions(Bucket=name)
        return {
            "name": name,
            "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
            "blocked": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
            "objects": [
                [one["Key"], one["IsLatest"], one["VersionId"]] for one in listed.get("Versions", ()) if _counts(one)
            ],
            "deleted": [marker["Key"] for marker in listed.get("DeleteMarkers", ())],
            "tags": self._bucket_tags(name),
        }

    def _bucket_tags(self, name: str) -> dict[str, str]:
        try:
            return _plain(self._s3.get_bucket_tagging(Bucket=name)["TagSet"])
        except self._s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchTagSet":
                raise
            return {}

    def _key(self, id_: str) -> dict[str, Any]:
        kms = self._kms
        return {
            "id": id_,
            "state": kms.describe_key(KeyId=id_)["KeyMetadata"]["KeyState"],
            "aliases": [alias["AliasName"] for alias in kms.list_aliases(KeyId=id_)["Aliases"]],
            "policy": kms.get_key_policy(KeyId=id_, PolicyName="default")["Policy"],
            "rotates": kms.get_key_rotation_status(KeyId=id_)["KeyRotationEnabled"],
            "tags": {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=id_)["Tags"]},
        }

    def _log_group(self, group: dict[str, Any]) -> dict[str, Any]:
        tags = self._logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
        return {"name": group["logGroupName"], "retention": group.get("retentionInDays"), "tags": tags}

    def _environment(self, name: str) -> dict[str, Any]:
        found = self._mwaa.get_environment(Name=name)["Environment"]
        found.setdefault("LastUpdate", {}).pop("CreatedAt", None)
        tags = found.pop("Tags", {})
        return {**_without(found, *OF_ONE_RUN), "tags": tags}


def _counts(version: Mapping[str, Any]) -> bool:
    """Leave out how often a record of ours was written: of a delivery that is interrupted it notes how far that came."""
    return bool(version["IsLatest"]) or not version["Key"].startswith(".mwaa-operator/")


def difference(found: Inventory, expected: Inventory) -> str:
    """Show what differs; empty when nothing does."""
    lines = (yaml.safe_dump(inventory).splitlines() for inventory in (expected, found))
    return "\n".join(unified_diff(*lines, "without a fault", "with it", lineterm=""))


def doubles(inventory: Inventory) -> list[str]:
    """Name the parts of an object for which there is more than one thing of a type."""
    counts = Counter(
        f"{type_} of {thing['tags'][OBJECT_TAG]} {thing['tags'][PART_TAG]}"
        for type_, things in inventory.items()
        for thing in things
        if thing["tags"].get(OWNER_TAG)
    )
    return [what for what, count in counts.items() if count > 1]


def _ordered(value: Any) -> Any:
    """Sort all lists: none of them has an order that means something."""
    if isinstance(value, dict):
        return {name: _ordered(item) for name, item in value.items()}
    return sorted(map(_ordered, value), key=json.dumps) if isinstance(value, list) else value


def _thing(item: Mapping[str, Any], id_: str, *members: str, **more: Any) -> dict[str, Any]:
    tags = item.get("TagSet", ()) if more.pop("tags", None) == "TagSet" else item.get("Tags", ())
    return {"id": item[id_], "tags": _plain(tags), **{name: item.get(name) for name in members}, **more}


def _plain(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _without(item: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in names}
