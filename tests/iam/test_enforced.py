"""The operator as a user who may do exactly what the policies in manifests/iam allow: that is enough, and no more."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from devcluster.stack import policy

pytestmark = pytest.mark.cluster

RETAIN = {"deletionPolicy": "Retain"}
CLEARED = {"lifecycleRules": [{"id": "uploads", "abortIncompleteMultipartUploadDays": 7}]}
PURGED = {"deletionPolicy": "Delete", "purgeOnDelete": True}
KINDS = ("Network", "EncryptionKey", "Bucket", "ExecutionRole", "DagSource", "Environment")
TAGGED = {kind: {"tags": {"team": "data"}} for kind in KINDS if kind != "DagSource"}
OTHER = {"Service": "ec2.amazonaws.com"}
KEY = "arn:aws:kms:us-east-1:123456789012:key/0123abcd-0123-0123-0123-0123456789ab"
LOG_GROUPS = {"retentionInDays": 30, "kmsKey": KEY}
ROTATED = {"deletionPolicy": "Delete", "enableKeyRotation": True}
PRIVATE = {"routing": "Private", "endpoints": ["secretsmanager"]}
CUSTOMER = {"endpointManagement": "CUSTOMER"}
REQUIREMENTS = "requirements.txt"
ATTACHED = "arn:aws:iam::123456789012:policy/others"


@pytest.mark.row("A152")
def test_the_published_policy_is_enough_and_no_more(account: Any, team: Any) -> None:
    account.stack.emulator.clear_calls()
    made, kept, closed = team("made"), team("kept"), team("closed")
    closed.apply([each for each in closed.quickstart(Network=PRIVATE) if each["kind"] == "Network"])
    made.apply(made.quickstart(Bucket=PURGED, EncryptionKey=ROTATED, Environment=CUSTOMER))
    kept.apply(kept.quickstart(**dict.fromkeys(KINDS, RETAIN) | {"Network": {**RETAIN, "egress": "Tightened"}}))
    made.wait_ready()
    kept.wait_ready()
    closed.wait_ready("Network")

    disturb(account, made)
    open_up(account, closed)
    closed.look("Network")
    closed.wait_ready("Network")
    made.look("Network", "EncryptionKey", "ExecutionRole", "DagSource", "Environment")
    made.wait_ready()

    upload(account, made)
    environment = {**CUSTOMER, "maxWorkers": 3, "logGroups": LOG_GROUPS, "requirementsS3Path": REQUIREMENTS}
    key = {**ROTATED, **TAGGED["EncryptionKey"], "enableKeyRotation": False}
    change = {
        "Bucket": {**PURGED, **TAGGED["Bucket"], **CLEARED},
        "EncryptionKey": key,
        "Environment": {**TAGGED["Environment"], **environment},
    }
    made.apply(made.quickstart(**{**TAGGED, **change, "DagSource": {"files": {"first.py": "ANSWER = 44\n"}}}))
    made.wait_ready()
    upload(account, made)
    made.look("Environment")
    made.wait_ready()
    go_back(made)

    subnet = made.status("Network")["privateSubnet1Id"]
    guest = account.aws("ec2").create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    closed.delete()
    kept.delete()
    made.delete()
    made.wait_said("ExecutionRole", f"the attached policy {ATTACHED}")
    account.aws("iam").detach_role_policy(RoleName=made.status("ExecutionRole")["roleName"], PolicyArn=ATTACHED)
    made.wait_said("Network", f"Network interfaces use {subnet}: {guest}")
    account.aws("ec2").delete_network_interface(NetworkInterfaceId=guest)
    made.wait_gone()
    kept.wait_gone()
    closed.wait_gone()

    calls = account.calls()
    denied = {(call.operation, call.code) for call in calls if "Denied" in call.code or "Unauthorized" in call.code}
    assert denied == set()
    recorded = policy.record(calls)
    if os.environ.get("RECORD"):
        policy.write(recorded)
    assert recorded == json.loads(policy.CALLS.read_text()), "record the calls anew: RECORD=1 pytest tests/iam"
    published = policy.published()
    assert policy.allowed(published) == policy.needed(recorded)
    if not os.environ.get("RECORD"):
        assert policy.grants(published) == policy.used(calls)


def go_back(team: Any) -> None:
    """Let the first revision of the DagSource stand."""
    mark = f"mwaa-operator.dev/rollback-to={team.status('DagSource')['history'][-1]['revision']}"
    stack, name = team.account.stack, team.name
    stack.kubectl("-n", name, "annotate", "dagsource", "quickstart", mark)
    stack.wait(
        lambda: stack.condition("DagSource", "quickstart", "RolledBack", name).get("status") == "True", "the first revision"
    )


def upload(account: Any, team: Any) -> None:
    """Upload the requirements; the same bytes again are a new version of them."""
    account.aws("s3").put_object(Bucket=team.status("Bucket")["bucketName"], Key=REQUIREMENTS, Body=b"pandas\n")


def disturb(account: Any, team: Any) -> None:
    """Change by hand what the operator puts right."""
    ec2, iam, s3 = (account.aws(service) for service in ("ec2", "iam", "s3"))
    network, role = team.status("Network"), team.status("ExecutionRole")["roleName"]
    tables = {
        association["SubnetId"]: (association["RouteTableAssociationId"], table["RouteTableId"])
        for table in ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [network["vpcId"]]}])["RouteTables"]
        for association in table["Associations"]
        if "SubnetId" in association
    }
    public, private = tables[network["publicSubnet1Id"]], tables[network["privateSubnet1Id"]]
    gateway = network["internetGatewayId"]
    ec2.replace_route(RouteTableId=private[1], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.replace_route_table_association(AssociationId=public[0], RouteTableId=private[1])

    point = team.status("Environment")["vpcEndpoints"][0]["vpcEndpointId"]
    ec2.modify_vpc_endpoint(VpcEndpointId=point, RemoveSubnetIds=[network["privateSubnet1Id"]])

    # its deletion is cancelled, and it is enabled again
    account.aws("kms").schedule_key_deletion(KeyId=team.status("EncryptionKey")["keyId"])

    iam.update_assume_role_policy(RoleName=role, PolicyDocument=statement("sts:AssumeRole", Principal=OTHER))
    iam.create_policy(PolicyName="others", PolicyDocument=statement("s3:ListAllMyBuckets", Resource="*"))
    iam.attach_role_policy(RoleName=role, PolicyArn=ATTACHED)
    s3.put_object(Bucket=team.status("Bucket")["bucketName"], Key="dags/first.py", Body=b"ANSWER = 0\n")


def open_up(account: Any, team: Any) -> None:
    """Give a network without internet a way out, and take S3's endpoint out of its table."""
    ec2, network = account.aws("ec2"), team.status("Network")
    points = {each["serviceName"].rpartition(".")[2]: each["vpcEndpointId"] for each in network["vpcEndpoints"]}
    of_subnet = [{"Name": "association.subnet-id", "Values": [network["privateSubnet1Id"]]}]
    (table,) = (each["RouteTableId"] for each in ec2.describe_route_tables(Filters=of_subnet)["RouteTables"])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpcId"])
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network["vpcId"])
    ec2.modify_vpc_endpoint(VpcEndpointId=points["s3"], RemoveRouteTableIds=[table])


def statement(action: str, **on: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **on}]})


@pytest.mark.row("A152")
@pytest.mark.skipif(bool(os.environ.get("RECORD")), reason="nothing is denied while calls are recorded")
def test_an_action_that_is_missing_is_named_and_granting_it_is_enough(account: Any, team: Any) -> None:
    denied = team("denied")
    first = {
        "Network": "ec2:CreateVpc",
        "EncryptionKey": "kms:CreateKey",
        "Bucket": "s3:CreateBucket",
        "ExecutionRole": "iam:CreateRole",
    }
    account.allow(*first.values())
    documents = denied.quickstart(Bucket=PURGED)
    for document in documents:
        if document["kind"] == "Bucket":
            del document["spec"]["kmsKeyRef"]  # it would wait for the key
    denied.apply(documents)
    for kind, action in first.items():
        said = denied.wait_said(kind, f"Allow {action} to the operator's role")
        assert (said["status"], said["reason"]) == ("False", "AccessDenied")

    # what is needed beside the call's own action is named too
    beside = {
        "Network": "ec2:CreateTags",
        "EncryptionKey": "kms:TagResource",
        "Bucket": "s3:TagResource",
        "ExecutionRole": "iam:TagRole",
    }
    account.allow(*beside.values())
    for kind, action in beside.items():
        denied.wait_said(kind, f"Allow {action} to the operator's role")

    for action in (
        "airflow:CreateEnvironment",
        "iam:PassRole",
        "iam:CreateServiceLinkedRole",
        "ec2:CreateVpcEndpoint",
    ):
        account.allow(action)
        denied.wait_said("Environment", f"Allow {action} to the operator's role")
    account.allow()
    denied.wait_ready()

    account.allow("s3:DeleteObjectVersion")
    denied.delete()
    denied.wait_said("Bucket", "Allow s3:DeleteObjectVersion to the operator's role")
    account.allow()
    denied.wait_gone()
