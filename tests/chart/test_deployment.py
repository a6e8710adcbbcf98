"""The pod: what it is told, what it may do, how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from mwaa_operator.app.settings import Settings
from mwaa_operator.aws.session import CONNECT_SECONDS, READ_SECONDS
from mwaa_operator.core.catalogue import BUILT_IN

Render = Callable[..., list[dict[str, Any]]]
Only = Callable[..., dict[str, Any]]
#: Options that a pod has no use for.
NOT_FOR_PODS = {"source_directory", "port_file"}
EVERYTHING: dict[str, Any] = {
    "region": "eu-central-1",
    "watchNamespaces": ["team-a", "team-b"],
    "capabilities": {"iam": True},
    "workers": 3,
    "pollSeconds": 1.5,
    "slowSeconds": 20,
    "driftSeconds": 3600,
    "consistencySeconds": 5,
    "drainSeconds": 7.5,
    "catalogue": {"quotas": {"workers": 50}},
    "sourceMebibytes": 7,
    "crossNamespaceSources": True,
    "sourceBuckets": ["build-results", "team-a-*"],
    "sourceRegistries": ["123456789012.dkr.ecr.eu-central-1.amazonaws.com/dags/*"],
    "webhooks": True,
    "logFormat": "json",
    "logLevel": "DEBUG",
    "fullnameOverride": "mwaa",
    "listen": {"host": "::", "port": 9000},
    "extraEnv": [{"name": "AWS_ENDPOINT_URL", "value": "http://aws.test:4566"}],
}


@pytest.fixture
def pod(render: Render, only: Only) -> Callable[..., dict[str, Any]]:
    def pick(**values: Any) -> dict[str, Any]:
        spec: dict[str, Any] = only(render(**values), "Deployment")["spec"]["template"]["spec"]
        return spec

    return pick


@pytest.fixture
def settings(pod: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """What the operator understands of the pod's arguments and environment."""

    def read(**values: Any) -> Settings:
        (container,) = pod(**values)["containers"]
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            monkeypatch.delenv(name, raising=False)
        for variable in container["env"]:
            monkeypatch.setenv(variable["name"], variable.get("value", "the-pod"))
        return Settings(_cli_parse_args=container["args"])  # type: ignore[call-arg]

    return read


def test_every_value_reaches_the_operator(settings: Callable[..., Settings]) -> None:
    assert settings(**EVERYTHING).model_dump(exclude=NOT_FOR_PODS) == {
        "namespaces": ["team-a", "team-b"],
        "region": "eu-central-1",
        "workers": 3,
        "poll_seconds": 1.5,
        "slow_seconds": 20.0,
        "drift_seconds": 3600.0,
        "consistency_seconds": 5.0,
        "source_mebibytes": 7,
        "cross_namespace_sources": True,
        "source_buckets": ["build-results", "team-a-*"],
        "source_registries": ["123456789012.dkr.ecr.eu-central-1.amazonaws.com/dags/*"],
        "webhooks": True,
        "iam": "enabled",
        "catalogue": "/catalogue/catalogue.yaml",
        "lease_namespace": "mwaa-system",
        "lease_name": "mwaa",
        "leader_election": True,
        "identity": "the-pod",
        "host": "::",
        "port": 9000,
        "log_format": "json",
        "log_level": "DEBUG",
        "drain_seconds": 7.5,
    }


def test_the_defaults_are_those_of_the_operator(settings: Callable[..., Settings]) -> None:
    from_a_pod = {"lease_namespace": "mwaa-system", "identity": "the-pod"}
    plain = Settings(identity="the-pod", lease_namespace="mwaa-system")
    assert settings() == plain
    assert from_a_pod.items() <= settings().model_dump().items()


def test_the_election_can_be_turned_off(settings: Callable[..., Settings], render: Render) -> None:
    assert not settings(leaderElection=False).leader_election
    assert not [each for each in render(leaderElection=False) if each["kind"] == "Role"]


@pytest.mark.row("A151")
def test_iam_is_off_unless_the_administrator_allows_it(settings: Callable[..., Settings]) -> None:
    assert settings().iam == "disabled"
    assert settings(capabilities={"iam": False}).iam == "disabled"
    assert settings(capabilities={"iam": True}).iam == "enabled"


def test_arguments_and_environment_are_plain(pod: Callable[..., dict[str, Any]]) -> None:
    (container,) = pod(**EVERYTHING)["containers"]
    assert "command" not in container
    assert all(isinstance(argument, str) and argument.startswith("--") for argument in container["args"])
    assert not [argument for argument in container["args"] if "$(" in argument]
    assert container["env"] == [
        {"name": "MWAA_OPERATOR_IDENTITY", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "AWS_ENDPOINT_URL", "value": "http://aws.test:4566"},
    ]


@pytest.mark.parametrize("values", [{}, EVERYTHING], ids=["defaults", "everything"])
def test_the_pod_is_hardened(values: dict[str, Any], pod: Callable[..., dict[str, Any]]) -> None:
    spec = pod(**values)
    (container,) = spec["containers"]
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert spec["enableServiceLinks"] is False
    assert container["resources"]["limits"]["memory"] and container["resources"]["requests"]["cpu"]
    written = [each for each in spec["volumes"] if "configMap" not in each]
    assert written == [{"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}}]
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)


def test_a_null_leaves_the_user_to_the_cluster(pod: Callable[..., dict[str, Any]]) -> None:
    context = pod(podSecurityContext={"runAsUser": None, "runAsGroup": None, "fsGroup": None})["securityContext"]
    assert context == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


@pytest.mark.parametrize("drain", [0, 20, 59.5])
def test_there_is_time_to_drain_and_for_the_last_write_to_end_before_the_kill(
    drain: float, pod: Callable[..., dict[str, Any]]
) -> None:
    assert pod(drainSeconds=drain)["terminationGracePeriodSeconds"] >= drain + CONNECT_SECONDS + READ_SECONDS


def test_probes_ask_what_the_operator_answers(pod: Callable[..., dict[str, Any]]) -> None:
    (container,) = pod(listen={"port": 9000})["containers"]
    (port,) = container["ports"]
    assert port == {"name": "http", "containerPort": 9000}
    asked = {name: container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert asked == {
        "startup": {"path": "/healthz", "port": "http"},
        "liveness": {"path": "/healthz", "port": "http"},
        "readiness": {"path": "/readyz", "port": "http"},
    }


def test_one_replica_never_waits_for_itself_and_more_are_replaced_one_by_one(render: Render, only: Only) -> None:
    one, two = render(), render(replicas=2)
    assert only(one, "Deployment")["spec"]["strategy"] == {"type": "Recreate"}
    assert only(two, "Deployment")["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
    }
    assert not [each for each in one if each["kind"] == "PodDisruptionBudget"]
    assert only(two, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ({}, "mwaa-operator:0.1.0"),
        ({"repository": "registry.test/mwaa", "tag": "1"}, "registry.test/mwaa:1"),
        ({"tag": "1", "digest": f"sha256:{'a' * 64}"}, f"mwaa-operator@sha256:{'a' * 64}"),
    ],
)
def test_the_image_is_the_one_that_is_named(
    image: dict[str, str], expected: str, pod: Callable[..., dict[str, Any]]
) -> None:
    assert pod(image=image)["containers"][0]["image"] == expected


def test_selectors_find_the_pod(render: Render, only: Only) -> None:
    objects = render(
        release="other", replicas=2, networkPolicy={"enabled": True}, metrics={"serviceMonitor": {"enabled": True}}
    )
    deployment = only(objects, "Deployment")["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    service = only(objects, "Service")
    selectors = [
        deployment["selector"]["matchLabels"],
        service["spec"]["selector"],
        only(objects, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        only(objects, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector and selector.items() <= labels.items() for selector in selectors)
    monitor = only(objects, "ServiceMonitor")["spec"]["selector"]["matchLabels"]
    assert monitor.items() <= service["metadata"]["labels"].items()


@pytest.mark.row("D101")
def test_what_the_user_knows_of_mwaa_reaches_the_catalogue(render: Render, only: Only) -> None:
    own = {
        "airflowVersions": {"3.4.0": {"python": "3.13", "limitedSupport": "2030-01-31"}},
        "environmentClasses": {"mw2.small": {"vcpu": 1, "schedulers": [1, 3]}},
        "quotas": {"workers": 50},
        "regions": ["eu-south-2"],
    }
    objects = render(catalogue=own)
    name = "mwaa-operator-catalogue"
    text = only(objects, "ConfigMap", name)["data"]["catalogue.yaml"]
    pod = only(objects, "Deployment")["spec"]["template"]["spec"]
    assert {"name": "catalogue", "configMap": {"name": name}} in pod["volumes"]
    known = BUILT_IN.extended(text)
    assert known.versions["3.4.0"].python == "3.13"
    assert known.versions["3.4.0"].limitedSupport == date(2030, 1, 31)
    assert known.classes["mw2.small"].schedulers == (1, 3)
    assert (known.quotas["workers"], known.declared_quotas) == (50, {"workers"})
    assert "eu-south-2" in known.regions
    assert known.versions.keys() > BUILT_IN.versions.keys()


def test_a_change_of_the_catalogue_starts_the_pod_anew(render: Render, only: Only) -> None:
    def template(workers: int) -> Any:
        return only(render(catalogue={"quotas": {"workers": workers}}), "Deployment")["spec"]["template"]

    assert template(50) != template(51)
    assert template(50) == template(50)
    assert "catalogue" not in str(only(render(), "Deployment"))
