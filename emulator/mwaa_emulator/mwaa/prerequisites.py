"""Looks in moto for what an environment needs. Each check says what is wrong, or nothing.

`immediate` findings make AWS refuse the call, `later` findings let the create run into CREATE_FAILED.
Which is which, and the wording, is recorded in docs/fidelity.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import unquote

from botocore.exceptions import ClientError

from mwaa_emulator.mwaa.policies import Policy, may, trusted_services

PRINCIPALS = ("airflow.amazonaws.com", "airflow-env.amazonaws.com")
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
FILES = ("Plugins", "Requirements", "StartupScript")


class Clients(Protocol):
    """Gives a boto3 client that acts in an account and region."""

    def client(self, service: str, account: str, region: str) -> Any:
        """The client."""
        ...


class Prerequisites:
    """The checks of one account and region."""

    def __init__(self, clients: Clients, account: str, region: str) -> None:
        self._clients, self._account, self._region = clients, account, region

    def immediate(self, settings: dict[str, Any]) -> list[str]:
        """What makes AWS refuse the call at once."""
        bucket = settings["SourceBucketArn"].rpartition(":::")[2]
        found = list(self._bucket(bucket))
        if not found:
            found += self._objects(bucket, settings)
            found += self._role(bucket, settings)
        found += self._network(settings["NetworkConfiguration"])
        found += self._key(settings.get("KmsKey"))
        return found

    def later(self, name: str, settings: dict[str, Any]) -> list[str]:
        """What lets the create begin and then fail."""
        policies = self._policies(settings["ExecutionRoleArn"])
        if policies is None:
            return []
        stream = f"arn:aws:logs:{self._region}:{self._account}:log-group:airflow-{name}-Task:log-stream:any"
        queue = f"arn:aws:sqs:{self._region}:000000000000:airflow-celery-any"
        wanted = [(action, stream) for action in ("logs:CreateLogStream", "logs:PutLogEvents")]
        wanted += [(action, queue) for action in ("sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage")]
        return [action for action, resource in wanted if not may(policies, action, resource)]

    def endpoints_exist(self, services: list[str], subnets: list[str]) -> bool:
        """Whether the customer has made an available endpoint to each service in the environment's VPC and subnets."""
        ec2 = self._client("ec2")
        found = ec2.describe_vpc_endpoints()["VpcEndpoints"]
        within = [{"Name": "subnet-id", "Values": subnets}]
        vpcs = {subnet["VpcId"] for subnet in ec2.describe_subnets(Filters=within)["Subnets"]}
        return all(
            any(
                point["ServiceName"] == service
                and point["State"].lower() == "available"
                and {point["VpcId"]} == vpcs
                and set(subnets) <= set(point.get("SubnetIds", ()))
                for point in found
            )
            for service in services
        )

    def _client(self, service: str) -> Any:
        return self._clients.client(service, self._account, self._region)

    def _bucket(self, bucket: str) -> Iterator[str]:
        s3 = self._client("s3")
        try:
            location = s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] or "us-east-1"
            own = any(each["Name"] == bucket for each in s3.list_buckets()["Buckets"])
        except ClientError:
            own = False
        if not own:
            yield f"Provided bucket does not exist or is not accessible: {bucket}"
            return
        if location != self._region:
            yield f"Provided bucket is in region {location}, the environment in {self._region}: {bucket}"
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            yield f"Provided bucket does not have versioning enabled for s3 bucket {bucket}"
        if not self._blocked(s3, bucket):
            yield f"Provided bucket does not have BlockPublicAccess set for s3 bucket {bucket}"

    def _blocked(self, s3: Any, bucket: str) -> bool:
        try:
            block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        except ClientError:
            block = {}
        if all(block.get(flag) for flag in BLOCKS):
            return True
        try:
            control = self._client("s3control").get_public_access_block(AccountId=self._account)
        except ClientError:
            return False
        return all(control["PublicAccessBlockConfiguration"].get(flag) for flag in BLOCKS)

    def _objects(self, bucket: str, settings: dict[str, Any]) -> Iterator[str]:
        s3 = self._client("s3")
        prefix = settings["DagS3Path"].strip("/")
        if not s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/" if prefix else "", MaxKeys=1).get("KeyCount"):
            yield f"Unable to access DAG folder {settings['DagS3Path']} in s3 bucket {bucket}: it does not exist"
        for kind in FILES:
            path, version = settings.get(f"{kind}S3Path"), settings.get(f"{kind}S3ObjectVersion")
            if not path:
                continue
            try:
                s3.head_object(Bucket=bucket, Key=path, **({"VersionId": version} if version else {}))
            except ClientError:
                yield f"Unable to read version {version} of file {path}"

    def _policies(self, role_arn: str) -> list[Policy] | None:
        iam = self._client("iam")
        name = role_arn.rpartition("/")[2]
        try:
            role = iam.get_role(RoleName=name)["Role"]
        except ClientError:
            return None
        if role["Arn"] != role_arn:
            return None
        policies = []
        for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            policies.append(_document(iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"]))
        for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            arn = attached["PolicyArn"]
            default = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            version = iam.get_policy_version(PolicyArn=arn, VersionId=default)["PolicyVersion"]
            policies.append(_document(version["Document"]))
        return policies

    def _role(self, bucket: str, settings: dict[str, Any]) -> Iterator[str]:
        arn = settings["ExecutionRoleArn"]
        policies = self._policies(arn)
        if policies is None:
            yield f"Provided role does not exist or cannot be assumed: {arn}"
            return
        role = self._client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]
        trusted = trusted_services(_document(role["AssumeRolePolicyDocument"]))
        missing = [principal for principal in PRINCIPALS if principal not in trusted]
        if missing:
            yield f"Provided role {arn} cannot be assumed by {' and '.join(missing)}: check its trust policy"
        path = f"{bucket}/{settings['DagS3Path'].strip('/')}"
        reads = (("s3:GetObject", f"arn:aws:s3:::{path}/any.py"), ("s3:ListBucket", f"arn:aws:s3:::{bucket}"),
                 ("s3:GetBucketPublicAccessBlock", f"arn:aws:s3:::{bucket}"))  # fmt: skip
        if not all(may(policies, action, resource) for action, resource in reads):
            yield f"Provided role does not have sufficient permissions for s3 location {path}"

    def _network(self, network: dict[str, Any]) -> Iterator[str]:
        ec2 = self._client("ec2")
        ids = network["SubnetIds"]
        try:
            subnets = ec2.describe_subnets(SubnetIds=ids)["Subnets"]
        except ClientError as error:
            yield f"Provided subnets could not be read: {error.response['Error']['Message']}"
            return
        vpcs = {subnet["VpcId"] for subnet in subnets}
        if len({subnet["AvailabilityZone"] for subnet in subnets}) != 2:
            yield f"Provided subnets must be in two different Availability Zones: {', '.join(ids)}"
        if len(vpcs) != 1:
            yield f"Provided subnets must be in the same VPC: {', '.join(ids)}"
        yield from self._groups(network["SecurityGroupIds"], vpcs)

    def _groups(self, ids: list[str], vpcs: set[str]) -> Iterator[str]:
        try:
            groups = self._client("ec2").describe_security_groups(GroupIds=ids)["SecurityGroups"]
        except ClientError as error:
            yield f"Provided security groups could not be read: {error.response['Error']['Message']}"
            return
        for group in groups:
            if group["VpcId"] not in vpcs:
                yield f"Provided security group {group['GroupId']} is not in the VPC of the subnets"

    def _key(self, key: str | None) -> Iterator[str]:
        if not key:
            return
        try:
            found = self._client("kms").describe_key(KeyId=key.removeprefix("key/"))["KeyMetadata"]
        except ClientError:
            yield f"Provided KMS key does not exist: {key}"
            return
        if found["KeyState"] != "Enabled":
            yield f"Provided KMS key is not enabled, it is {found['KeyState']}: {key}"
        if found.get("MultiRegion"):
            yield f"Provided KMS key is a multi-Region key, which is not supported: {key}"


def _document(document: Any) -> Policy:
    parsed = json.loads(unquote(document)) if isinstance(document, str) else document
    return dict(parsed)
