"""What a scenario may do: to the objects as a user, to AWS as whoever else is there, and wait for what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kubernetes import client

from devcluster.stack import Stack
from devcluster.stack.stack import GROUP, PLURALS, VERSION
from mwaa_emulator.client import Emulator
from mwaa_emulator.prepared import CompleteAccount

from .account import Account, Inventory, doubles
from .points import Case

NAMESPACE, NAME = "crash", "quickstart"
FAST, SLOW, STILL = 6000.0, 200.0, 0.0
"""Emulated seconds per second: a create of 25 minutes takes a quarter of a second, or long enough to be seen, or for ever"""
Waiting = Callable[[Callable[[], bool], str], None]


class Stage:
    """One run of a scenario."""

    def __init__(self, stack: Stack, api: client.CustomObjectsApi, until: Waiting, case: Case | None) -> None:
        self.aws: Emulator = stack.emulator
        self.case = case
        self.until = until
        """Waits for the end of a phase; if the fault comes, the operator is seen to."""
        self.speed_after: float | None = None
        """The speed once the fault has come, where that ends the need for another."""
        self.seen: dict[str, Inventory] = {}
        self.doubles: list[str] = []
        self.writes_when_steady: list[str] = []
        self._stack, self._api = stack, api
        self._account = Account(stack.emulator)
        self._names: dict[str, str] = {}
        self._prepared: CompleteAccount | None = None
        self._looks = 0

    def speed(self, value: float, then: float | None = None) -> None:
        """Let AWS work so fast, and once the fault has come as fast as `then` says."""
        self.aws.speed(value)
        self.speed_after = then

    def objects(self) -> list[dict[str, Any]]:
        """Read all objects."""
        return self._stack.objects(NAMESPACE)

    def environment(self) -> dict[str, Any]:
        """Read the Environment, of several the first."""
        (found,) = (item for item in self.objects() if (item["kind"], _name(item)) == ("Environment", NAME))
        return found

    def prepared(self) -> CompleteAccount:
        """Give the network, bucket and role of somebody else; they are made when first asked for."""
        if self._prepared is None:
            self._prepared = CompleteAccount(self.aws.connect)
        return self._prepared

    def new(self, kind: str, called: str = NAME, **spec: Any) -> dict[str, Any]:
        """Make a document."""
        return {"apiVersion": f"{GROUP}/{VERSION}", "kind": kind, "metadata": {"name": called}, "spec": spec}

    def by_ids(self, account: CompleteAccount, called: str = NAME, **spec: Any) -> dict[str, Any]:
        """Make an Environment that stands on things which nobody of ours looks after; None leaves a field out."""
        plain = {
            "subnetIds": account.subnets,
            "securityGroupIds": [account.group],
            "sourceBucketArn": f"arn:aws:s3:::{account.bucket}",
            "executionRoleArn": account.role_arn,
            "maxWorkers": 2,
            "webserverAccessMode": "PUBLIC_ONLY",
        }
        given = {name: value for name, value in {**plain, **spec}.items() if value is not None}
        return self.new("Environment", called, **given)

    def create(self, *documents: dict[str, Any]) -> None:
        """Create objects."""
        for document in documents:
            kind = document["kind"]
            made = self._api.create_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURALS[kind], document)
            self._names[made["metadata"]["uid"]] = f"<uid of {kind}>"

    def edit(self, kind: str = "Environment", called: str = NAME, **spec: Any) -> None:
        """Change fields of a spec; None takes one away."""
        self._patch(kind, {"spec": spec}, called)

    def annotate(self, name: str, value: str, kind: str = "Environment", called: str = NAME) -> None:
        """Put an annotation of ours on an object."""
        self._patch(kind, {"metadata": {"annotations": {f"{GROUP}/{name}": value}}}, called)

    def delete(self, called: str | None = None) -> None:
        """Ask for the deletion of all objects, or of those of one name. Those that are in use go first."""
        there = [(item["kind"], _name(item)) for item in self.objects() if called in (None, _name(item))]
        for kind, name in sorted(there, key=lambda each: list(PLURALS).index(each[0])):
            self._api.delete_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURALS[kind], name)

    def until_ready(self) -> None:
        """Wait until all objects are Ready as they are declared now."""
        self.until(lambda: all(_says(item, "Ready", "True") for item in self.objects()), "all objects to be Ready")

    def until_condition(self, type_: str, status: str, reason: str | None = None) -> None:
        """Wait until the Environment, as it is declared now, says something."""
        self.until(lambda: _says(self.environment(), type_, status, reason), f"{type_}={status} {reason or ''}")

    def until_aws_is_seen(self, status: str) -> None:
        """Wait until the operator, with the spec as it is now, has seen the environment in a status of AWS."""

        def seen() -> bool:
            item = self.environment()
            said, generation = item.get("status", {}), item["metadata"]["generation"]
            return (said.get("environmentStatus"), said.get("observedGeneration")) == (status, generation)

        self.until(seen, f"the environment to be seen {status}")

    def until_gone(self) -> None:
        """Wait until no object is left."""
        self.until(lambda: not self.objects(), "all objects to be gone")

    def look_again(self, times: int = 2) -> None:
        """Have each object looked at a few times more, and note what that writes in AWS."""
        begun = len(self.aws.writes())
        for _ in range(times):
            self._looks += 1
            word = str(self._looks)
            for item in self.objects():
                self.annotate("reconcile-at", word, item["kind"], _name(item))
            self.until(lambda word=word: all(map(_handled(word), self.objects())), f"look {word} at all objects")  # type: ignore[misc]
        self.writes_when_steady += [f"{call.service}:{call.operation}" for call in self.aws.writes()[begun:]]

    def take_inventory(self, word: str) -> None:
        """Note all that there is in the account and in Kubernetes."""
        objects = self.objects()
        plans = {item["status"]["plan"]["hash"]: "<plan>" for item in objects if "plan" in item.get("status", {})}
        found = self._account.inventory({**self._names, **plans}, map(_said, objects))
        self.seen[word] = found
        self.doubles += doubles(found)

    def _patch(self, kind: str, patch: Mapping[str, Any], called: str) -> None:
        self._api.patch_namespaced_custom_object(GROUP, VERSION, NAMESPACE, PLURALS[kind], called, patch)


def _name(item: Mapping[str, Any]) -> str:
    return str(item["metadata"]["name"])


def _says(item: Mapping[str, Any], type_: str, status: str, reason: str | None = None) -> bool:
    said, generation = item.get("status", {}), item["metadata"]["generation"]
    return said.get("observedGeneration") == generation and any(
        (condition["type"], condition["status"], condition["observedGeneration"]) == (type_, status, generation)
        and reason in (None, condition["reason"])
        for condition in said.get("conditions", ())
    )


def _handled(word: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda item: bool(item["status"].get("lastHandledReconcileAt") == word)


def _said(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give what an object says, without when it was said and without fingerprints of ids.

    What checks found when they asked AWS stands until they are made again, and speaks of what else there was at that moment.
    """
    status = dict(item["status"])
    status["conditions"] = {c["type"]: [c["status"], c["reason"], c["message"]] for c in status["conditions"]}
    if "Preflight" in status["conditions"]:
        status["conditions"]["Preflight"] = status["conditions"]["Preflight"][:1]
    shown = status.get("findings", {}).get("items", ())
    status["findings"] = [found for found in shown if "since" not in found]
    status["parts"] = {part["name"]: _part(part) for part in status.get("parts", ())}
    return {"kind": item["kind"], "finalizers": item["metadata"].get("finalizers"), "status": status}


def _part(part: Mapping[str, Any]) -> list[str | None]:
    """Give type, state and id. That of a look at endpoints is a hash of what differs between environments."""
    return [part["type"], part["state"], None if part["type"] == "ec2/environment-endpoints" else part.get("id")]
