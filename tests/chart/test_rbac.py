"""The chart on a real API server: it is taken as it is, its rights suffice for every call, and none is left over."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import yaml
from kubernetes.aio import config
from yarl import URL

from devcluster import Cluster, ensure
from mwaa_operator.api import KINDS
from mwaa_operator.app import watch
from mwaa_operator.core.condition import Condition, Truth
from mwaa_operator.core.errors import OutsideError
from mwaa_operator.core.origin import Publisher
from mwaa_operator.engine.queue import Key
from mwaa_operator.kube.cluster import GROUP, VERSION, KubernetesCluster
from mwaa_operator.kube.definitions import missing_definitions
from mwaa_operator.kube.flux import FluxSources
from mwaa_operator.kube.lease import Lease

from ..flux import GROUP as FLUX
from ..flux import KINDS as FLUX_KINDS
from ..flux import definitions

pytestmark = pytest.mark.cluster

RELEASE, NAMESPACE, TEAM = "chart-test", "chart-test", "chart-test-team"
NAME = f"{RELEASE}-mwaa-operator"
#: Only bounds a test that fails.
PATIENCE_SECONDS = 60.0
PLURALS = {kind.kind: kind.plural for kind in KINDS}
#: Verb, API group, resource (with its subresource).
Right = tuple[str, str, str]
RESOURCE = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/v[^/]+"
    r"(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<resource>[^/]+)(?:/(?P<name>[^/]+))?(?P<sub>/[^/]+)?"
)
EVERYTHING: dict[str, Any] = {
    "replicas": 2,
    "region": "us-east-1",
    "capabilities": {"iam": True},
    "commonLabels": {"team": "data"},
    "imagePullSecrets": [{"name": "pull"}],
    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/mwaa-operator"}},
    "networkPolicy": {"enabled": True, "metricsFrom": [{"namespaceSelector": {}}]},
    "metrics": {"service": {"annotations": {"prometheus.io/scrape": "true"}}},
    "extraEnv": [{"name": "AWS_CA_BUNDLE", "value": "/ca/bundle.pem"}],
    "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
    "extraVolumeMounts": [{"name": "ca", "mountPath": "/ca", "readOnly": True}],
    "podAnnotations": {"a.test/b": "c"},
    "podLabels": {"a.test/b": "c"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"podAntiAffinity": {}},
    "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
    "priorityClassName": "system-cluster-critical",
}


@dataclass
class Recorder:
    """Every right that a request needed, as the API server sees it."""

    used: set[Right] = field(default_factory=set)
    refused: set[Right] = field(default_factory=set)
    #: Watches, and everything else once it was answered.
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self, method: str, url: URL, status: int) -> None:
        found = RESOURCE.fullmatch(url.path)
        if found:
            right = _verb(method, bool(found["name"]), url), found["group"] or "", found["resource"] + (found["sub"] or "")
            (self.refused if status in (401, 403) else self.used).add(right)
            self.changed.set()

    async def seen(self, rights: set[Right]) -> None:
        """Wait until all of these were answered, one way or the other."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while missing := rights - self.used - self.refused:
                self.changed.clear()
                try:
                    await self.changed.wait()
                except asyncio.CancelledError as error:
                    raise AssertionError(f"never asked for: {missing}") from error


def _verb(method: str, named: bool, url: URL) -> str:
    if method == "GET":
        if named:
            return "get"
        return "watch" if url.query.get("watch", "false") in ("true", "True", "1") else "list"
    return {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}[method]


def _rights(role: dict[str, Any]) -> set[Right]:
    return {
        (verb, group, resource)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder, request = Recorder(), aiohttp.ClientSession._request

    async def recorded(self: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> aiohttp.ClientResponse:
        response = await request(self, method, url, **options)
        recorder.record(method.upper(), response.request_info.url, response.status)
        return response

    monkeypatch.setattr(aiohttp.ClientSession, "_request", recorded)
    return recorder


@pytest.fixture(scope="module")
def kubectl(control_plane: Cluster) -> Callable[..., str]:
    binary = ensure("kubectl")["kubectl"]

    def run(*arguments: str, objects: list[dict[str, Any]] | None = None) -> str:
        argv = [str(binary), f"--kubeconfig={control_plane.kubeconfig}", *arguments]
        text = yaml.safe_dump_all(objects) if objects else None
        done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def namespaces(control_plane: Cluster, kubectl: Callable[..., str]) -> None:
    for name in (NAMESPACE, TEAM):
        control_plane.create_namespace(name)
        kubectl("label", "--overwrite", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")


@pytest.fixture
def install(
    control_plane: Cluster,
    kubectl: Callable[..., str],
    namespaces: None,
    render: Callable[..., list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """Install the chart, and become its service account. The definitions stay, others use them too."""
    installed: list[dict[str, Any]] = []

    def run(**values: Any) -> list[dict[str, Any]]:
        objects = render(RELEASE, NAMESPACE, **values)
        kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", objects=objects)
        installed.extend(each for each in objects if each["kind"] != "CustomResourceDefinition")
        kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", objects=definitions())
        plurals = [f"crd/{plural}.{GROUP}" for plural in PLURALS.values()]
        plurals += [f"crd/{plural}.{FLUX}" for plural in FLUX_KINDS.values()]
        kubectl("wait", "--for=condition=Established", f"--timeout={PATIENCE_SECONDS}s", *plurals)
        monkeypatch.setenv("KUBECONFIG", str(control_plane.kubeconfig_for_service_account(NAMESPACE, NAME)))
        return objects

    yield run
    # a lease of the last test must not make the next one wait
    kubectl("delete", "--namespace", NAMESPACE, "--ignore-not-found", f"lease/{NAME}")
    kubectl("delete", "--ignore-not-found", "--wait=false", "--filename=-", objects=installed)


async def _use_everything(namespace: str, watched: list[str], rights: set[Right], recorder: Recorder) -> None:
    """Make every call that the operator can make. What does not exist is asked for too: rights are checked first."""
    a_patch = {"put_annotation"}  # as the finalizers are
    assert {name for name in vars(KubernetesCluster) if not name.startswith("_")} - a_patch == {
        "get",
        "list",
        "every",
        "put_status",
        "put_finalizers",
        "config_map",
        "secret",
        "event",
    }, "a new call: make it here too"
    async with await config.new_client_from_config(os.environ["KUBECONFIG"]) as api:
        lease = Lease(api, NAMESPACE, NAME, "somebody")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await lease.acquire()
        assert await missing_definitions(api, PLURALS.values()) == []
        cluster = KubernetesCluster(api, PLURALS)
        for kind in PLURALS:
            meta = {"name": "nothing", "namespace": namespace, "resourceVersion": "1", "uid": "1"}
            body = {"apiVersion": f"{GROUP}/{VERSION}", "kind": kind, "metadata": meta, "spec": {}}
            assert await cluster.get(Key(kind, namespace, "nothing")) is None
            assert await cluster.list(kind, watched) == []
            for write in (cluster.put_status(body, {}), cluster.put_finalizers(body, [])):
                with pytest.raises(OutsideError, match=r"404|422"):
                    await write
            await cluster.event(body, Condition("Ready", Truth.FALSE, "Testing", "Nothing is wrong."))
        for source in FLUX_KINDS:
            with pytest.raises(OutsideError, match="does not exist"):
                await FluxSources(api, elsewhere=False).artifact("here", Publisher(FLUX, source, "nothing"), namespace)
        await cluster.config_map(namespace, "nothing")
        await cluster.secret(namespace, "nothing")
        await lease.release()
        await _watch(watched, rights, recorder)


async def _watch(namespaces: list[str], rights: set[Right], recorder: Recorder) -> None:
    registry: Any = SimpleNamespace(kinds={kind: SimpleNamespace(PLURAL=plural) for kind, plural in PLURALS.items()})
    deaf: Any = SimpleNamespace(
        update=lambda *_: set(),
        remove=lambda *_: set(),
        document_changed=lambda *_: set(),
        secret_changed=lambda *_: set(),
        published=lambda *_: set(),
        wake=lambda *_: None,
    )
    stop, ready = asyncio.Event(), asyncio.Event()
    watching = asyncio.create_task(
        watch.watch(registry, deaf, deaf, namespaces, stop=stop, ready=ready, started=lambda: None)
    )
    try:
        await recorder.seen({right for right in rights if right[0] in ("list", "watch")})
    finally:
        stop.set()
        await watching


async def test_the_rights_are_exactly_those_that_are_used(
    install: Callable[..., list[dict[str, Any]]], only: Callable[..., dict[str, Any]], recorder: Recorder
) -> None:
    objects = install()
    granted = _rights(only(objects, "ClusterRole", NAME)) | _rights(only(objects, "Role", f"{NAME}-lease"))
    await _use_everything(TEAM, [], granted, recorder)
    assert recorder.refused == set()
    assert recorder.used == granted


async def test_with_namespaces_named_no_right_reaches_beyond_them(
    install: Callable[..., list[dict[str, Any]]], only: Callable[..., dict[str, Any]], recorder: Recorder
) -> None:
    objects = install(watchNamespaces=[TEAM])
    names = {each["metadata"]["name"] for each in objects if each["kind"] == "ClusterRole"}
    assert names == {f"{NAME}-view", f"{NAME}-edit"}  # for people
    assert not [each for each in objects if each["kind"] == "ClusterRoleBinding"]
    role = only(objects, "Role", NAME)
    assert role["metadata"]["namespace"] == TEAM
    granted = _rights(role) | _rights(only(objects, "Role", f"{NAME}-lease"))
    await _use_everything(TEAM, [TEAM], granted, recorder)
    assert recorder.used == granted
    # kopf asks whether it may look for new namespaces and definitions, and works without
    assert {resource for _, _, resource in recorder.refused} <= {"namespaces", "customresourcedefinitions"}


def test_only_its_own_lease_can_be_taken(install: Callable[..., list[dict[str, Any]]], kubectl: Callable[..., str]) -> None:
    install()
    account = f"--as=system:serviceaccount:{NAMESPACE}:{NAME}"
    allowed = kubectl("auth", "can-i", "--list", "--namespace", NAMESPACE, account)
    (line,) = [line for line in allowed.splitlines() if "leases" in line and "[get" in line]
    assert f"[{NAME}]" in line


def test_people_who_may_view_or_edit_may_do_so_with_our_kinds(render: Callable[..., list[dict[str, Any]]]) -> None:
    roles = {each["metadata"]["name"]: each for each in render() if each["kind"] == "ClusterRole"}
    kinds = set(PLURALS.values())
    view, edit = roles["mwaa-operator-view"], roles["mwaa-operator-edit"]
    assert {(verb, resource) for verb, _, resource in _rights(view)} == {
        (verb, kind) for verb in ("get", "list", "watch") for kind in kinds
    }
    assert {resource for _, _, resource in _rights(edit)} == kinds
    labels = {
        name: {label.rpartition("-")[2] for label in role["metadata"]["labels"] if "aggregate-to" in label}
        for name, role in roles.items()
    }
    assert labels == {
        "mwaa-operator": set(),
        "mwaa-operator-view": {"view", "edit", "admin"},
        "mwaa-operator-edit": {"edit", "admin"},
    }
    assert not [each for each in render(rbac={"aggregate": False}) if each["metadata"]["name"].endswith(("-view", "-edit"))]


def test_rights_can_be_left_to_others(render: Callable[..., list[dict[str, Any]]]) -> None:
    kinds = {each["kind"] for each in render(rbac={"create": False, "aggregate": False})}
    assert not {kind for kind in kinds if "Role" in kind}


def test_the_api_server_takes_every_field(
    kubectl: Callable[..., str], namespaces: None, render: Callable[..., list[dict[str, Any]]]
) -> None:
    for values in ({}, EVERYTHING, {**EVERYTHING, "watchNamespaces": [NAMESPACE, TEAM]}):
        objects = render(RELEASE, NAMESPACE, **values)
        kubectl(
            "apply",
            "--server-side",
            "--force-conflicts",
            "--dry-run=server",
            "--validate=strict",
            "--filename=-",
            objects=objects,
        )


def test_the_pod_is_let_in_where_only_restricted_pods_are(
    kubectl: Callable[..., str], install: Callable[..., list[dict[str, Any]]], only: Callable[..., dict[str, Any]]
) -> None:
    template = only(install(), "Deployment")["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {"name": "try", "namespace": NAMESPACE}}
    kubectl("create", "--dry-run=server", "--validate=strict", "--filename=-", objects=[pod])
