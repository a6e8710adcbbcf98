"""Bad input: each fault is named with the way out, nothing else suffers, and it mends itself once the cause is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from devcluster.controlplane import ControlPlane
from devcluster.stack import Stack
from devcluster.stack.deployment import REPOSITORY
from mwaa_emulator.prepared import CompleteAccount

pytestmark = pytest.mark.cluster
BY_IDS = {"securityGroupIds": ["sg-1"], "sourceBucketArn": "arn:aws:s3:::b"}


@pytest.mark.parametrize(
    ("kind", "bad", "says", "good"),
    [
        ("Network", {"vpcCidrs": "10.192.0.0/16"}, "vpcCidrs", {"vpcCidr": "10.192.0.0/16"}),
        ("Network", {"vpcCidr": "10.192.0.1/16"}, "spec.vpcCidr: Invalid value", {"vpcCidr": "10.192.0.0/16"}),
        ("Network", {"vpcCidr": "10.1.0.0/16"}, "every subnet must lie inside vpcCidr", {"vpcCidr": "10.192.0.0/17"}),
        (
            "Environment",
            {**BY_IDS, "subnetIds": ["subnet-1", "subnet-2", "subnet-3"]},
            "spec.subnetIds: Too many: 3: must have at most 2 items",
            {**BY_IDS, "subnetIds": ["subnet-1", "subnet-2"]},
        ),
    ],
    ids=["unknown field", "wrong CIDR", "subnets elsewhere", "three subnets"],
)
def test_what_can_be_said_at_once_is_said_by_kubectl(
    home: Any, kind: str, bad: dict[str, Any], says: str, good: dict[str, Any]
) -> None:
    with pytest.raises(RuntimeError) as refused:
        home.apply(home.new(kind, **bad, suspend=True))
    assert says in str(refused.value)
    assert home.stack.get(kind, "quickstart", home.name) is None
    home.apply(home.new(kind, **good, suspend=True))
    home.wait_condition(kind, "Suspended", status="True")


def test_a_bucket_name_that_another_account_has(home: Any, stranger: Any) -> None:
    name = f"{home.name}-taken"
    stranger.create_bucket(Bucket=name)
    home.apply(home.new("Bucket", name=name), home.new("Bucket", "other"))
    said = home.wait_condition("Bucket", "Stalled", status="True", reason="BucketNameTaken")["message"]
    assert name in said
    assert "choose another spec.name" in said
    assert home.condition("Bucket", "Ready")["status"] == "False"
    home.wait_condition("Bucket", "Ready", "other", status="True")

    stranger.delete_bucket(Bucket=name)
    home.wait_ready("Bucket")
    assert home.status("Bucket")["bucketName"] == name


def test_a_reference_to_nothing(home: Any) -> None:
    home.apply(home.document("DagSource"))
    said = home.wait_condition("DagSource", "ReferencesResolved", status="False", reason="DependencyNotFound")["message"]
    assert said.startswith("spec.bucketRef: Bucket quickstart does not exist in this namespace")
    assert home.condition("DagSource", "Ready")["status"] == "False"
    home.apply(home.new("Bucket"))
    home.wait_ready("DagSource")
    assert home.condition("DagSource", "ReferencesResolved")["status"] == "True"


def test_a_reference_to_another_namespace(home: Any) -> None:
    source = home.document("DagSource")
    source["spec"]["bucketRef"]["namespace"] = "elsewhere"
    home.apply(home.new("Bucket"), source)
    said = home.wait_condition("DagSource", "Stalled", status="True", reason="CrossNamespaceReference")["message"]
    assert "spec.bucketRef: Bucket elsewhere/quickstart is in another namespace" in said
    assert f"Declare it in namespace {home.name}" in said
    assert home.condition("DagSource", "ReferencesResolved")["status"] == "False"
    home.edit("DagSource", bucketRef={"namespace": None})
    home.wait_ready("DagSource")


def test_a_dag_with_a_syntax_error(home: Any) -> None:
    source = home.document("DagSource")
    source["spec"]["files"] = {"team/bad.py": "ANSWER = 1\n", "good.py": "ANSWER = 1\n"}
    home.apply(home.new("Bucket"), source)
    home.wait_ready("DagSource")
    bucket = home.status("Bucket")["bucketName"]

    def text(path: str) -> str:
        return str(home.aws("s3").get_object(Bucket=bucket, Key=f"dags/{path}")["Body"].read().decode())

    home.edit("DagSource", files={"team/bad.py": "ANSWER = 2\ndef (\n", "good.py": "ANSWER = 2\n", "new.py": "ANSWER = 2\n"})
    said = home.wait_condition("DagSource", "Stalled", status="True", reason="DagSyntaxError")["message"]
    assert said.startswith("dags/team/bad.py:2: ")
    assert "what was delivered of it before, if anything, stays; the other files are delivered" in said
    home.stack.wait(lambda: text("good.py") == "ANSWER = 2\n", "the other files to be delivered")
    assert text("new.py") == "ANSWER = 2\n"
    assert text("team/bad.py") == "ANSWER = 1\n"

    home.edit("DagSource", files={"team/bad.py": "ANSWER = 3\n"})
    home.wait_ready("DagSource")
    assert text("team/bad.py") == "ANSWER = 3\n"


@pytest.mark.row("C7")
def test_two_subnets_of_one_zone(home: Any, account: CompleteAccount) -> None:
    twin = account.subnet("10.192.30.0/24", "us-east-1a")
    home.apply(home.environment(account, subnetIds=[account.subnets[0], twin]))
    said = home.wait_condition("Environment", "Preflight", status="False", reason="PreflightFailed")["message"]
    assert "SameAvailabilityZone: spec.subnetIds" in said
    for subnet in (account.subnets[0], twin):
        assert f"{subnet} is in us-east-1a" in said
    assert home.condition("Environment", "Stalled")["reason"] == "PreflightFailed"
    assert home.calls("CreateEnvironment") == []

    # the ids of subnets cannot be edited: the object is made anew
    home.delete("Environment")
    home.wait_gone("Environment")
    home.apply(home.environment(account))
    home.wait_ready("Environment")
    assert home.condition("Environment", "Preflight").get("status", "True") == "True"


def test_a_role_while_roles_may_not_be_made(home: Any, other_operator: Callable[..., Any]) -> None:
    other_operator("--iam=disabled")
    home.apply(home.new("ExecutionRole", environmentNames=["prod"]), home.new("Bucket"))
    said = home.wait_condition("ExecutionRole", "Stalled", status="True", reason="IamNotAcknowledged")["message"]
    assert "capabilities.iam" in said
    home.wait_ready("Bucket")
    assert _roles(home) == []
    other_operator()
    home.wait_ready("ExecutionRole")
    assert _roles(home) == [home.status("ExecutionRole")["roleName"]]


def _roles(home: Any) -> list[str]:
    return [name for name in home.owned() if name.startswith("AmazonMWAA-")]


def test_an_environment_of_somebody_else_is_taken_over_by_invitation_only(home: Any, account: CompleteAccount) -> None:
    mwaa = home.aws("mwaa")
    arn = mwaa.create_environment(**account.request(home.name, MaxWorkers=7))["Arn"]
    home.apply(home.environment(account, adoption="Never", maxWorkers=3))
    said = home.wait_condition("Environment", "Stalled", status="True", reason="NotOurs")["message"]
    assert f"{home.name} exists already and belongs to somebody else" in said
    assert f"`adoption: Always` (or `IfTagged` and the tag mwaa-operator.dev/adopt = {home.name}/quickstart on it)" in said
    mwaa.tag_resource(ResourceArn=arn, Tags={"mwaa-operator.dev/adopt": f"{home.name}/quickstart"})
    home.look("Environment")
    assert home.condition("Environment", "Stalled")["reason"] == "NotOurs"
    assert home.calls("UpdateEnvironment") == []

    home.edit("Environment", adoption="IfTagged")
    home.wait_ready("Environment")
    environment = mwaa.get_environment(Name=home.name)["Environment"]
    assert environment["MaxWorkers"] == 3
    assert environment["Tags"]["mwaa-operator.dev/owner"] == home.get("Environment")["metadata"]["uid"]
    assert len(home.calls("CreateEnvironment")) == 1


def test_a_bucket_of_somebody_else_is_taken_over_when_the_user_insists(home: Any) -> None:
    name, s3 = f"{home.name}-theirs", home.aws("s3")
    s3.create_bucket(Bucket=name)
    home.apply(home.new("Bucket", name=name))
    home.wait_condition("Bucket", "Stalled", status="True", reason="NotOurs", message=name)
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    home.edit("Bucket", adoption="Always")
    home.wait_ready("Bucket")
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"


@pytest.mark.row("A61")
def test_a_bucket_with_objects_is_kept_until_a_purge_is_declared(home: Any) -> None:
    s3 = home.aws("s3")
    home.apply(home.new("Bucket", deletionPolicy="Delete"))
    home.wait_ready("Bucket")
    bucket = home.status("Bucket")["bucketName"]
    s3.put_object(Bucket=bucket, Key="dags/somebodys.py", Body=b"x")
    home.delete("Bucket")
    said = home.wait_condition("Bucket", "Stalled", status="True", reason="BucketNotEmpty")["message"]
    assert bucket in said
    assert "purgeOnDelete" in said
    assert home.condition("Bucket", "Ready")["status"] == "False"
    assert s3.list_objects_v2(Bucket=bucket, Prefix="dags/somebodys.py")["KeyCount"] == 1

    home.edit("Bucket", purgeOnDelete=True)
    home.wait_gone("Bucket")
    assert home.owned() == []


def test_what_cannot_be_changed_is_refused_even_where_the_api_server_cannot_know(
    home: Any, account: CompleteAccount
) -> None:
    home.apply(home.environment(account))
    home.wait_ready("Environment")
    # by reference instead of by ids is a change that the API server lets pass; that they differ shows in AWS only
    home.apply(home.new("Network"))
    home.edit("Environment", subnetIds=None, securityGroupIds=None, networkRef={"name": "quickstart"})
    said = home.wait_condition("Environment", "Stalled", status="True", reason="ImmutableField")["message"]
    assert "AWS cannot change subnetIds" in said
    assert account.subnets[0] in said
    assert "Put the old value back" in said
    assert home.calls("UpdateEnvironment") == []

    home.edit("Environment", subnetIds=account.subnets, securityGroupIds=[account.group], networkRef=None)
    home.wait_ready("Environment")


@pytest.fixture
def older_definition(stack: Stack, own_cluster: ControlPlane) -> Iterator[None]:
    """Let the API server take any spec for some kinds, as definitions of an older version might."""
    paths = [REPOSITORY / "crds" / f"{plural}.yaml" for plural in ("buckets", "networks")]
    definitions, loose = ([yaml.safe_load(path.read_text()) for path in paths] for _ in range(2))
    for each in loose:
        each["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] = {
            "type": "object",
            "x-kubernetes-preserve-unknown-fields": True,
        }
    stack.apply(loose)
    yield
    stack.apply(definitions)


def test_a_bad_spec_that_an_older_definition_let_in(home: Any, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("older_definition")
    bad = home.new("Bucket", folders=["/dags"], region="Ireland")

    def taken() -> bool:
        try:
            home.apply(bad)
        except RuntimeError:
            return False
        return True

    home.stack.wait(taken, "the API server to take up the older definition")
    said = home.wait_condition("Bucket", "Stalled", status="True", reason="InvalidSpec")["message"]
    assert 'spec.folders[0] ("/dags"): must be a relative path' in said
    assert 'spec.region ("Ireland"): must be the code of an AWS region' in said
    assert home.condition("Bucket", "Ready")["status"] == "False"
    home.edit("Bucket", folders=["dags"], region=None)
    home.wait_ready("Bucket")


def test_an_object_whose_spec_became_bad_can_still_be_deleted(home: Any, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("older_definition")
    home.apply(home.new("Network"))
    home.wait_ready("Network")
    vpc = home.status("Network")["vpcId"]
    home.stack.wait(lambda: _edited(home), "the API server to take up the older definition")
    home.wait_condition("Network", "Stalled", status="True", reason="InvalidSpec")
    home.delete_all()
    assert home.aws("ec2").describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Vpcs"] == []


def _edited(home: Any) -> bool:
    try:
        home.edit("Network", vpcCidr="nonsense")
    except RuntimeError:
        return False
    return True


def test_nothing_is_done_for_a_suspended_object_but_its_deletion(home: Any) -> None:
    s3 = home.aws("s3")
    home.apply(home.new("Bucket", deletionPolicy="Delete"))
    home.wait_ready("Bucket")
    bucket = home.status("Bucket")["bucketName"]
    home.edit("Bucket", suspend=True)
    home.wait_condition("Bucket", "Suspended", status="True", message="spec.suspend is true")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    home.look("Bucket")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    (ready,) = [each for each in home.status("Bucket")["conditions"] if each["type"] == "Ready"]
    assert (ready["status"], ready["observedGeneration"]) == ("True", 1)  # the word of the generation that was looked at

    home.edit("Bucket", suspend=False)
    home.stack.wait(lambda: s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled", "versioning to be back")
    home.wait_ready("Bucket")
    assert home.condition("Bucket", "Suspended") == {}
    home.edit("Bucket", suspend=True)
    home.delete("Bucket")
    home.wait_gone("Bucket")
    assert home.owned() == []


@pytest.mark.row("A45")
def test_an_environment_deleted_while_it_is_created_goes_when_aws_lets_it(
    home: Any, account: CompleteAccount, slow_aws: Stack
) -> None:
    home.apply(home.environment(account))
    home.wait_condition("Environment", "Ready", reason="Creating")
    home.delete("Environment")
    said = home.wait_condition("Environment", "Ready", status="False", message="it is deleted when AWS is done with that")
    assert said["reason"] == "Deleting"
    assert home.calls("DeleteEnvironment") == []
    assert home.get("Environment")["metadata"]["finalizers"]
    slow_aws.emulator.speed(600.0)
    home.wait_gone("Environment")
    assert home.owned() == []
    assert len(home.calls("DeleteEnvironment")) == 1


def test_a_network_deleted_while_it_is_created_leaves_nothing(home: Any, slow_aws: Stack) -> None:
    home.apply(home.new("Network"))
    home.stack.wait(lambda: home.status("Network").get("natGatewayIds"), "the NAT gateways to be on their way")
    home.delete("Network")
    home.wait_condition("Network", "Ready", status="False", reason="Deleting")
    slow_aws.emulator.speed(600.0)
    home.wait_gone("Network")
    assert home.owned() == []


def test_what_is_in_use_says_by_whom_and_who_has_to_act(home: Any, account: CompleteAccount, slow_aws: Stack) -> None:
    bucket = home.new("Bucket", name=account.bucket, adoption="Always")  # the one that the account's role may read
    home.apply(bucket, home.environment(account, sourceBucketArn=None, bucketRef={"name": "quickstart"}))
    home.wait_condition("Environment", "Ready", reason="Creating")
    home.delete("Bucket")
    said = home.wait_condition("Bucket", "Ready", status="False", reason="InUse")["message"]
    assert f"until nothing refers to it: Environment {home.name}/quickstart. Delete those" in said
    home.delete("Environment")
    home.wait_condition("Bucket", "Ready", reason="InUse", message=f"waits until Environment {home.name}/quickstart is gone")
    slow_aws.emulator.speed(600.0)
    home.wait_gone("Bucket")
