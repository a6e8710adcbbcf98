"""Secrets as files: delivered into a real bucket, warned of, and seen nowhere else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pydantic import ValidationError

from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.core.condition import Truth
from mwaa_operator.core.kind import Context
from mwaa_operator.core.report import report
from mwaa_operator.engine.run import Run
from mwaa_operator.engine.status import findings_view, part_list, plan_view

from .conftest import Stack

KUBE_CONFIG = b"apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: canary-6b1f\n"
KEY = b"-----BEGIN OPENSSH PRIVATE KEY-----\ncanary-6b1f\n-----END OPENSSH PRIVATE KEY-----\n"
ITEMS = [{"name": "kube", "items": [{"key": "config", "path": "kube_config.yaml"}]}]


@dataclass
class WithSecrets(Stack):
    """A source in a namespace that has Secrets."""

    secrets: dict[str, dict[str, bytes]] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        return replace(super().context, secrets=self.secrets)


@pytest.fixture
def new(emulator: Any, bucket: Any) -> Callable[..., WithSecrets]:
    return lambda spec, **settings: WithSecrets(emulator, spec, **settings)


def delivered(bucket: Any) -> dict[str, bytes]:
    return {o.key: o.get()["Body"].read() for o in bucket.objects.all() if o.key.startswith("dags/")}


def conditions(run: Run) -> dict[str, tuple[Truth, str, str]]:
    found = report(run.found(), True, Truth.UNKNOWN, "").conditions
    return {each.type: (each.status, each.reason, each.message) for each in found}


def shown(stack: Stack, run: Run) -> str:
    """Give all that a status would have of a run."""
    view = [
        plan_view(run.plan, run.registry.adapters, run.types, run.memory),
        findings_view(run.graph.findings, ()),
        part_list(run.graph, run.sights, run.memory),
        stack.facts(run),
        [str(each) for each in conditions(run).values()],
    ]
    return json.dumps(view, default=str)


@pytest.mark.row("D1")
async def test_a_kube_config_out_of_a_secret_lies_beside_the_dags_as_it_was_declared(
    new: Callable[..., WithSecrets], bucket: Any, dag: Callable[..., str]
) -> None:
    secrets = {"kube": {"config": KUBE_CONFIG, "other": b"no"}}
    stack = new({"files": {"pod.py": dag("pod")}, "secretRefs": ITEMS}, secrets=secrets)
    await stack.once()
    assert delivered(bucket) == {"dags/pod.py": dag("pod").encode(), "dags/kube_config.yaml": KUBE_CONFIG}

    # never from the object itself: there it is refused, and what was delivered stays
    inline = {"pod.py": dag("pod"), "kube_config.yaml": KUBE_CONFIG.decode().replace("canary", "other")}
    stack.spec = {"files": inline, "prune": True}
    run = await stack.once()
    assert delivered(bucket)["dags/kube_config.yaml"] == KUBE_CONFIG
    status, reason, message = conditions(run)["Preflight"]
    assert (status, reason) == (Truth.FALSE, "CredentialsInSpec")
    assert message.startswith("spec.files[kube_config.yaml]: ") and "secretRefs" in message and "6b1f" not in message


@pytest.mark.row("C182")
async def test_key_material_is_uploaded_and_a_condition_warns(new: Callable[..., WithSecrets], bucket: Any) -> None:
    secrets = {"keys": {"id_ed25519": KEY, "known_hosts": b"h\n"}}
    stack = new({"secretRefs": [{"name": "keys", "path": "ssh"}]}, secrets=secrets)
    run = await stack.once()
    assert delivered(bucket) == {"dags/ssh/id_ed25519": KEY, "dags/ssh/known_hosts": b"h\n"}
    status, reason, message = conditions(run)["Preflight"]
    assert (status, reason) == (Truth.TRUE, "SecretInBucket")
    assert message.startswith("spec.secretRefs[0]: the files of Secret keys lie in the bucket")
    assert "Secrets Manager" in message
    # the strictest policy does not stop what somebody has asked for by name
    stack.spec = {**stack.spec, "lint": {"refuseFile": "Warning", "refuseRevision": "Warning"}}
    assert conditions(await stack.once())["Ready"][0] is Truth.TRUE


async def test_neither_a_secret_nor_a_hash_that_tells_it_is_seen_anywhere(
    new: Callable[..., WithSecrets], bucket: Any
) -> None:
    stack = new({"secretRefs": [{"name": "keys"}]}, secrets={"keys": {"pin": b"1234"}})
    first = stack.kind.desired(stack.obj, stack.context)
    planned = Run.of(stack.registry, stack.obj, "us-east-1", first, (await stack.once()).policy, {})
    await planned.observe()
    stack.secrets = {"keys": {"pin": b"5678"}}
    run = await stack.once()
    # the manifest, and the record of each revision
    own = [o.get()["Body"].read().decode() for o in bucket.objects.all() if o.key.startswith(".mwaa-operator/")]
    assert len(own) == 3
    manifest = "\n".join(own)
    metadata = json.dumps(bucket.Object("dags/pin").metadata)
    for text in (shown(stack, planned), shown(stack, run), manifest, metadata):
        for secret in (b"1234", b"5678"):
            assert hashlib.sha256(secret).hexdigest() not in text
    assert delivered(bucket) == {"dags/pin": b"5678"}
    assert '"pin"' in manifest


async def test_equal_bytes_make_no_new_version_although_the_object_is_made_anew(
    new: Callable[..., WithSecrets], bucket: Any
) -> None:
    stack = new({"secretRefs": [{"name": "keys"}]}, secrets={"keys": {"pin": b"1234"}}, retain=True)
    await stack.once()
    before = bucket.Object("dags/pin").version_id
    await stack.once()
    assert bucket.Object("dags/pin").version_id == before
    stack.uid, stack.memory = "of-another-cluster", {}
    stack.spec = {**stack.spec, "adoption": "Always"}
    await stack.once()
    assert bucket.Object("dags/pin").version_id == before


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({}, "spec.secretRefs[0]: Secret kube does not exist in this namespace. Create it, or correct the name."),
        (
            {"kube": {"other": b""}},
            "spec.secretRefs[0].items[0]: Secret kube has no key config. Add it, or correct the key.",
        ),
    ],
)
async def test_while_a_secret_or_its_key_is_missing_nothing_is_delivered_or_deleted(
    new: Callable[..., WithSecrets], bucket: Any, there: Mapping[str, Any], said: str
) -> None:
    stack = new({"secretRefs": ITEMS, "prune": True}, secrets={"kube": {"config": KUBE_CONFIG}})
    await stack.once()
    stack.secrets = dict(there)
    run = await stack.once()
    assert delivered(bucket) == {"dags/kube_config.yaml": KUBE_CONFIG}
    assert conditions(run)["ReferencesResolved"] == (Truth.FALSE, "DependencyNotFound", said)


async def test_a_config_map_too_may_give_some_of_its_keys(new: Callable[..., WithSecrets], bucket: Any) -> None:
    maps = [{"name": "code", "path": "lib", "items": [{"key": "a.py"}, {"key": "b", "path": "deep/b.txt"}]}]
    packed = {"configMapRefs": [{"name": "code", "items": [{"key": "a.py", "path": "p/a.py"}]}]}
    stack = new({"configMapRefs": maps, "plugins": packed})
    stack.documents = {"code": {"a.py": b"A = 1\n", "b": b"b", "c.py": b"no\n"}}
    await stack.once()
    assert delivered(bucket) == {"dags/lib/a.py": b"A = 1\n", "dags/lib/deep/b.txt": b"b"}
    stack.documents = {"code": {"b": b"b"}}
    run = await stack.once()
    assert "spec.configMapRefs[0].items[0]: ConfigMap code has no key a.py" in conditions(run)["ReferencesResolved"][2]
    assert "spec.plugins.configMapRefs[0].items[0]: ConfigMap code has no key a.py" in str(run.plan.waits) + str(
        [need for step in run.plan.steps for need in step.needs]
    )


def test_who_is_woken_and_what_is_read_are_the_secrets_that_are_named() -> None:
    from mwaa_operator.kinds.dag_source import DagSourceKind

    spec = DagSourceSpec.model_validate(
        {
            "bucketRef": {"name": "b"},
            "secretRefs": [{"name": "kube"}, {"name": "keys"}],
            "git": {"url": "https://h/r.git", "secretRef": {"name": "keys"}},
        }
    )
    assert DagSourceKind().secrets(spec) == ("kube", "keys")


def test_a_file_of_a_secret_cannot_leave_the_folder() -> None:
    wrong = [{"name": "kube", "items": [{"key": "config", "path": "../kube_config"}]}]
    with pytest.raises(ValidationError, match="path"):
        DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "secretRefs": wrong})
