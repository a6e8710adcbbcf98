from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import client

from devcluster import Cluster
from mwaa_operator.api import BY_KIND, KINDS, parse
from mwaa_operator.api.meta import API_VERSION, GROUP, VERSION

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]


class Server:
    """The API server, asked by dry run wherever that is enough."""

    def __init__(self, api: client.ApiClient, namespace: str) -> None:
        self.objects = client.CustomObjectsApi(api)
        self.namespace = namespace

    def create(self, kind: str, name: str, spec: dict[str, Any], *, keep: bool = False) -> dict[str, Any]:
        body = {"apiVersion": API_VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}
        more = {} if keep else {"dry_run": "All"}
        return self.objects.create_namespaced_custom_object(
            GROUP, VERSION, self.namespace, BY_KIND[kind].plural, body, field_validation="Strict", **more
        )

    def publish(self, kind: str, name: str, status: dict[str, Any]) -> dict[str, Any]:
        return self.objects.patch_namespaced_custom_object_status(
            GROUP, VERSION, self.namespace, BY_KIND[kind].plural, name, {"status": status}
        )

    def replace(self, kind: str, name: str, old: dict[str, Any], spec: dict[str, Any]) -> None:
        body = {**old, "spec": spec}
        self.objects.replace_namespaced_custom_object(
            GROUP, VERSION, self.namespace, BY_KIND[kind].plural, name, body, dry_run="All", field_validation="Strict"
        )


@pytest.fixture(scope="module")
def server(control_plane: Cluster) -> Iterator[Server]:
    control_plane.create_namespace("api")
    with control_plane.client() as api:
        yield Server(api, "api")


def causes(error: client.ApiException) -> dict[str, str]:
    """Give what the API server has against an object, by field."""
    status = json.loads(error.body)
    assert status["reason"] == "Invalid", status
    found: dict[str, str] = {}
    for cause in status["details"]["causes"]:
        found[cause.get("field", "")] = f"{found.get(cause.get('field', ''), '')}{cause['message']}\n"
    return found


def test_a_good_spec_is_taken_and_means_the_same_in_python(good: dict[str, Any], server: Server) -> None:
    name = good.get("name", "sample")
    stored = server.create(good["kind"], name, good["spec"])
    # with the server's defaults it is what the model makes of it without them
    assert parse(good["kind"], stored["spec"], name) == parse(good["kind"], good["spec"], name)


def test_a_bad_spec_is_refused_with_the_rules_message(bad: dict[str, Any], server: Server) -> None:
    with pytest.raises(client.ApiException) as refused:
        server.create(bad["kind"], bad.get("name", "sample"), bad["spec"])
    found = causes(refused.value)
    for fault in bad["faults"]:
        field = fault.get("at", fault["field"]) or "<nil>"
        assert field in found, found
        assert fault.get("server", fault["says"]) in found[field]
    assert "evaluating rule" not in str(found), "a rule broke down instead of saying what is wrong"


def test_a_change(change: dict[str, Any], server: Server, request: pytest.FixtureRequest) -> None:
    name = "change-" + "".join(c if c.isalnum() else "-" for c in request.node.callspec.id.lower())
    stored = server.create(change["kind"], name, change["before"], keep=True)
    if "status" in change:
        stored = server.publish(change["kind"], name, change["status"])
    if "says" not in change:
        server.replace(change["kind"], name, stored, change["after"])
        return
    with pytest.raises(client.ApiException) as refused:
        server.replace(change["kind"], name, stored, change["after"])
    field = f"spec.{change['says'].split()[0]}"
    assert change["says"] in causes(refused.value)[field]


@pytest.mark.parametrize("each", KINDS, ids=lambda each: each.kind)
def test_before_the_first_look_status_says_so(each: Any, server: Server, table: dict[str, Any]) -> None:
    spec = next(s["spec"] for s in table["specs"] if s["kind"] == each.kind and not s.get("faults"))
    assert server.create(each.kind, "unseen", spec)["status"] == {"observedGeneration": -1}


Kubectl = Callable[..., Any]


def test_an_unknown_field_is_refused_by_kubectl(kubectl: Kubectl) -> None:
    manifest = {"apiVersion": API_VERSION, "kind": "Bucket", "metadata": {"name": "x"}, "spec": {"nmae": "typo"}}
    for how in ([], ["--server-side"]):
        applied = kubectl("apply", *how, "--dry-run=server", "-f", "-", stdin=yaml.safe_dump(manifest))
        assert applied.returncode != 0
        assert "nmae" in applied.stderr


def test_a_bucket_needs_no_spec_at_all(kubectl: Kubectl) -> None:
    manifest = {"apiVersion": API_VERSION, "kind": "Bucket", "metadata": {"name": "bare"}}
    applied = kubectl("apply", "--dry-run=server", "-o", "json", "-f", "-", stdin=yaml.safe_dump(manifest))
    assert json.loads(applied.stdout)["spec"]["folders"] == ["dags"]


# guide 01, section 5.1: the parameters of the quick-start stack and their defaults
PARAMETERS = [
    ("EnvironmentName", "Network", "namePrefix", "MWAAEnvironment", "Other"),
    ("VpcCIDR", "Network", "vpcCidr", "10.192.0.0/16", "10.192.0.0/17"),
    ("PublicSubnet1CIDR", "Network", "publicSubnetCidrs.0", "10.192.10.0/24", "10.192.1.0/24"),
    ("PublicSubnet2CIDR", "Network", "publicSubnetCidrs.1", "10.192.11.0/24", "10.192.1.0/24"),
    ("PrivateSubnet1CIDR", "Network", "privateSubnetCidrs.0", "10.192.20.0/24", "10.192.1.0/24"),
    ("PrivateSubnet2CIDR", "Network", "privateSubnetCidrs.1", "10.192.21.0/24", "10.192.1.0/24"),
    ("MaxWorkerNodes", "Environment", "maxWorkers", 2, 5),
    ("DagProcessingLogs", "Environment", "loggingConfiguration.dagProcessingLogs.logLevel", "INFO", "ERROR"),
    ("SchedulerLogsLevel", "Environment", "loggingConfiguration.schedulerLogs.logLevel", "INFO", "ERROR"),
    ("TaskLogsLevel", "Environment", "loggingConfiguration.taskLogs.logLevel", "INFO", "ERROR"),
    ("WorkerLogsLevel", "Environment", "loggingConfiguration.workerLogs.logLevel", "INFO", "ERROR"),
    ("WebserverLogsLevel", "Environment", "loggingConfiguration.webserverLogs.logLevel", "INFO", "ERROR"),
]


@pytest.mark.row("A148")
@pytest.mark.parametrize(("parameter", "kind", "path", "default", "other"), PARAMETERS, ids=[each[0] for each in PARAMETERS])
def test_a_parameter_of_the_quick_start(
    parameter: str, kind: str, path: str, default: object, other: object, root: Path, server: Server
) -> None:
    documents = yaml.safe_load_all((root / "manifests/samples/quickstart.yaml").read_text())
    spec = next(each["spec"] for each in documents if each["kind"] == kind)
    stored = server.create(kind, "quickstart", spec)["spec"]
    read = parse(kind, stored, "quickstart").model_dump(by_alias=True, mode="json", exclude_none=True)
    assert _at(read, path) == default
    stored = {**stored, **{name: value for name, value in read.items() if name.endswith("SubnetCidrs")}}
    *way, last = path.split(".")
    _at(stored, ".".join(way))[int(last) if last.isdigit() else last] = other
    assert _at(server.create(kind, "quickstart", stored)["spec"], path) == other


def _at(value: Any, path: str) -> Any:
    for step in filter(None, path.split(".")):
        value = value[int(step) if step.isdigit() else step]
    return value


def test_the_quick_start_is_taken_as_it_is(kubectl: Kubectl, root: Path) -> None:
    applied = kubectl("apply", "--server-side", "--dry-run=server", "-f", root / "manifests/samples/quickstart.yaml")
    assert applied.returncode == 0, applied.stderr
    assert applied.stdout.count("serverside-applied") == 5


NOW = "2026-01-02T03:04:05Z"
STATUS: dict[str, dict[str, Any]] = {
    "Network": {"vpcId": "vpc-1"},
    "Bucket": {"bucketName": "mwaa-columns"},
    "EncryptionKey": {"keyId": "0123abcd", "aliasName": "alias/mwaa/columns"},
    "ExecutionRole": {"roleName": "AmazonMWAA-columns"},
    "DagSource": {"revision": "0123456789ab", "fileCount": 7},
    "Environment": {
        "environmentStatus": "UPDATING",
        "airflowVersion": "2.10.3",
        "environmentClass": "mw1.small",
        "webserverUrl": "https://columns.example",
    },
}


@pytest.fixture(scope="module")
def shown(server: Server, table: dict[str, Any], control_plane: Cluster) -> str:
    """One object of each kind, with a status as the operator writes it; gives their namespace."""
    control_plane.create_namespace("columns")
    there = Server(server.objects.api_client, "columns")
    for each in KINDS:
        spec = next(s["spec"] for s in table["specs"] if s["kind"] == each.kind and not s.get("faults"))
        stored = there.create(each.kind, "columns", spec, keep=True)
        condition = {"type": "Ready", "status": "False", "reason": "Waits", "message": "it waits", "lastTransitionTime": NOW}
        step = {
            "part": "vpc",
            "action": "Update",
            "changes": [{"path": "tags", "observed": "{}", "desired": "{'a': 'b'}", "effect": "InPlace"}],
        }
        stored["status"] = {
            "observedGeneration": 1,
            "conditions": [condition],
            "parts": [{"name": "vpc", "type": "ec2/vpc", "remember": {"token": "x"}, "since": NOW}],
            "plan": {"hash": "abc", "steps": [step]},
            **STATUS[each.kind],
        }
        kept = there.objects.replace_namespaced_custom_object_status(
            GROUP, VERSION, "columns", each.plural, "columns", stored, field_validation="Strict"
        )
        assert kept["status"] == stored["status"]
    return "columns"


@pytest.mark.parametrize(
    ("short_name", "head", "row"),
    [
        ("mwaanet", "NAME READY REASON SUSPENDED VPC AGE", "columns False Waits vpc-1"),
        ("mwaabucket", "NAME READY REASON SUSPENDED BUCKET AGE", "columns False Waits mwaa-columns"),
        ("mwaakey", "NAME READY REASON SUSPENDED KEY ALIAS AGE", "columns False Waits 0123abcd alias/mwaa/columns"),
        ("mwaarole", "NAME READY REASON SUSPENDED ROLE AGE", "columns False Waits AmazonMWAA-columns"),
        ("mwaadags", "NAME READY REASON SUSPENDED REVISION FILES AGE", "columns False Waits 0123456789ab 7"),
        ("mwaaenv", "NAME READY REASON SUSPENDED STATUS AIRFLOW CLASS AGE", "columns False Waits UPDATING 2.10.3 mw1.small"),
    ],
)
def test_columns(kubectl: Kubectl, shown: str, short_name: str, head: str, row: str) -> None:
    first, second = kubectl("get", short_name, "-n", shown).stdout.splitlines()
    assert first.split() == head.split()
    assert second.split()[:-1] == row.split()


def test_a_row_shows_that_an_object_is_suspended(kubectl: Kubectl, server: Server, shown: str) -> None:
    objects = Server(server.objects.api_client, shown).objects
    where = (GROUP, VERSION, shown, "environments", "columns")
    body = objects.get_namespaced_custom_object(*where)
    before, about = body["status"]["conditions"], {"reason": "Suspended", "message": "x", "lastTransitionTime": NOW}
    for conditions, row in [
        ([*before, {"type": "Suspended", "status": "True", **about}], "columns False Waits True UPDATING 2.10.3 mw1.small"),
        (before, "columns False Waits UPDATING 2.10.3 mw1.small"),
    ]:
        body["status"]["conditions"] = conditions
        body = objects.replace_namespaced_custom_object_status(*where, body)
        assert kubectl("get", "mwaaenv", "-n", shown).stdout.splitlines()[1].split()[:-1] == row.split()


def test_wide_columns_have_the_message(kubectl: Kubectl, shown: str) -> None:
    wide = kubectl("get", "mwaaenv", "-n", shown, "-o", "wide").stdout
    assert "MESSAGE" in wide
    assert "it waits" in wide
    assert "https://columns.example" in wide


def test_one_word_lists_all_kinds(kubectl: Kubectl, shown: str) -> None:
    listed = kubectl("get", "mwaa", "-n", shown, "-o", "name").stdout.split()
    assert sorted(listed) == sorted(f"{each.singular}.{GROUP}/columns" for each in KINDS)


def test_kubectl_explains_fields(kubectl: Kubectl) -> None:
    assert "two private subnets" in " ".join(kubectl("explain", "environments.spec.subnetIds").stdout.split())
