"""Who is woken by what: references, those who follow from their referrers, and those who wait to go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pytest

from mwaa_operator.core.kind import Reference
from mwaa_operator.engine.ports import Registry
from mwaa_operator.engine.queue import Key
from mwaa_operator.engine.world import World


class Leaf:
    NAME, PLURAL, SPEC = "Leaf", "leaves", dict
    REFERENCES: ClassVar[Mapping[str, str]] = {"leafRefs": "Leaf", "followerRef": "Follower", "mapRefs": "ConfigMap"}
    REFERRERS: ClassVar[tuple[str, ...]] = ()

    def references(self, spec: Mapping[str, Any]) -> Sequence[Reference]:
        leaves = [Reference("Leaf", each["name"], "leafRefs") for each in spec.get("leafRefs", ())]
        return [*leaves, *(Reference("Follower", each["name"], "followerRef") for each in [spec.get("followerRef")] if each)]

    def documents(self, spec: Mapping[str, Any]) -> Sequence[str]:
        return [each["name"] for each in spec.get("mapRefs", ())]

    def secrets(self, spec: Mapping[str, Any]) -> Sequence[str]:
        return list(spec.get("secrets", ()))


class Follower(Leaf):
    NAME, PLURAL = "Follower", "followers"
    REFERRERS = ("Leaf",)


def parse(kind: str, spec: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if spec.get("bad"):
        raise ValueError("spec.bad: must not be")
    return spec


@pytest.fixture
def world() -> World:
    return World(Registry({"Leaf": Leaf(), "Follower": Follower()}, {}, {}, parse))  # type: ignore[dict-item]


def body(
    name: str, *, version: int = 1, generation: int = 1, spec: Any = None, status: Any = None, **meta: Any
) -> dict[str, Any]:
    metadata = {"namespace": "default", "name": name, "uid": f"uid-{name}", "resourceVersion": str(version)}
    return {"metadata": {**metadata, "generation": generation, **meta}, "spec": spec or {}, "status": status or {}}


def key(name: str, kind: str = "Leaf") -> Key:
    return Key(kind, "default", name)


def test_a_new_object_wakes_itself_and_a_status_of_our_own_does_not(world: World) -> None:
    assert world.update("Leaf", body("a")) == {key("a")}
    assert world.update("Leaf", body("a", version=2, status={"conditions": [], "parts": [1]})) == set()
    assert world.update("Leaf", body("a", version=3, generation=2)) == {key("a")}


def test_facts_wake_those_who_refer_whichever_came_first(world: World) -> None:
    world.update("Leaf", body("user", spec={"leafRefs": [{"name": "target"}]}))
    assert key("user") in world.update("Leaf", body("target"))
    assert world.update("Leaf", body("target", version=2, status={"vpcId": "vpc-1"})) == {key("user")}
    assert world.update("Leaf", body("target", version=3, status={"vpcId": "vpc-1", "plan": {}})) == set()
    assert world.remove(key("target")) == {key("user")}


def test_a_kind_that_follows_from_its_referrers_is_woken_by_them(world: World) -> None:
    world.update("Follower", body("role"))
    assert key("role", "Follower") in world.update("Leaf", body("env", spec={"followerRef": {"name": "role"}}))
    changed = body("env", version=2, generation=2, spec={"followerRef": {"name": "role"}})
    assert key("role", "Follower") in world.update("Leaf", changed)
    dropped = body("env", version=3, generation=3)
    assert key("role", "Follower") in world.update("Leaf", dropped)


def test_asking_for_a_look_wakes_nobody_else(world: World) -> None:
    world.update("Follower", body("role"))
    world.update("Leaf", body("env", spec={"followerRef": {"name": "role"}}))
    asked = body(
        "env", version=2, spec={"followerRef": {"name": "role"}}, annotations={"mwaa-operator.dev/reconcile-at": "now"}
    )
    assert world.update("Leaf", asked) == {key("env")}


def test_who_waits_to_go_is_woken_when_its_last_user_goes(world: World) -> None:
    world.update("Leaf", body("target", deletionTimestamp="2026-11-21T00:00:00Z"))
    world.update("Leaf", body("user", spec={"leafRefs": [{"name": "target"}]}))
    assert world.referrers(key("target")) == [key("user")]
    assert key("target") in world.remove(key("user"))
    assert world.referrers(key("target")) == []


def test_a_document_or_a_secret_wakes_those_who_use_it(world: World) -> None:
    world.update("Leaf", body("a", spec={"mapRefs": [{"name": "dags"}], "secrets": ["keys"]}))
    assert world.document_changed("default", "dags") == {key("a")}
    assert world.document_changed("other", "dags") == set()
    assert world.secret_changed("default", "keys") == {key("a")}
    assert world.secret_changed("default", "dags") == set()


def test_a_late_echo_of_the_watch_changes_nothing(world: World) -> None:
    world.update("Leaf", body("a", version=10, generation=2, status={"vpcId": "new"}))
    assert world.update("Leaf", body("a", version=9, generation=1)) == set()
    neighbour = world.neighbour(key("a"))
    assert neighbour
    assert neighbour.facts == {"vpcId": "new"}


def test_an_invalid_object_is_known_without_a_spec(world: World) -> None:
    assert world.update("Leaf", body("a", spec={"bad": True})) == {key("a")}
    neighbour = world.neighbour(key("a"))
    assert neighbour
    assert neighbour.spec is None


def test_an_object_that_becomes_invalid_still_holds_what_it_stands_on(world: World) -> None:
    world.update("Leaf", body("target"))
    world.update("Leaf", body("user", spec={"leafRefs": [{"name": "target"}]}))
    world.update("Leaf", body("user", version=2, generation=2, spec={"bad": True}))
    assert world.referrers(key("target")) == [key("user")]


def test_a_new_process_knows_what_an_invalid_object_stands_on(world: World) -> None:
    refs = {"leafRefs": [{"name": "target"}, {"name": "far", "namespace": "other"}], "followerRef": {"name": "role"}}
    world.update("Leaf", body("user", spec={"bad": True, "mapRefs": [{"name": "dags"}], **refs}))
    for target in (key("target"), Key("Leaf", "other", "far"), key("role", "Follower")):
        assert world.referrers(target) == [key("user")]
    assert world.document_changed("default", "dags") == {key("user")}


def test_an_object_that_stays_invalid_holds_all_that_it_has_named(world: World) -> None:
    for version, name in enumerate(("first", "second"), start=1):
        spec = {"bad": True, "leafRefs": [{"name": name}]}
        world.update("Leaf", body("user", version=version, generation=version, spec=spec))
    assert [world.referrers(key(name)) for name in ("first", "second")] == [[key("user")]] * 2
    world.update("Leaf", body("user", version=3, generation=3, spec={"leafRefs": [{"name": "second"}]}))
    assert [world.referrers(key(name)) for name in ("first", "second")] == [[], [key("user")]]


@pytest.mark.parametrize("value", [None, "target", 7, {}, {"name": None}, {"name": ["target"]}, [["target"]]])
def test_a_reference_that_is_none_names_nothing(world: World, value: Any) -> None:
    world.update(
        "Leaf", body("user", spec={"bad": True, "leafRefs": value, "followerRef": {"name": "role", "namespace": 7}})
    )
    assert world.referrers(key("target")) == []
    assert world.referrers(key("role", "Follower")) == [key("user")]


class Prover(Leaf):
    NAME, PLURAL, OWN_FACTS = "Prover", "provers", frozenset({"proofs"})


def test_facts_that_a_kind_keeps_to_itself_wake_nobody_and_are_seen_all_the_same() -> None:
    kinds = {"Leaf": Leaf(), "Follower": Prover()}
    world = World(Registry(kinds, {}, {}, parse))  # type: ignore[arg-type]
    world.update("Follower", body("p"))
    world.update("Leaf", body("a", spec={"followerRef": {"name": "p"}}))
    said = {"revision": "r1", "proofs": ["a"]}
    assert world.update("Follower", body("p", version=2, status=said)) == {key("a")}
    assert world.update("Follower", body("p", version=3, status={**said, "proofs": ["a", "b"]})) == set()
    assert world.update("Follower", body("p", version=4, status={**said, "revision": "r2"})) == {key("a")}
    shown = world.neighbour(key("p", "Follower"))
    assert shown
    assert shown.facts == {"revision": "r2", "proofs": ["a"]}


def test_of_objects_that_were_shown_only_so_many_are_kept_and_each_as_it_is_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mwaa_operator.engine.world.SHOWN", 2)
    for version in (1, 2):
        for name in "abc":
            world.update("Leaf", body(name, version=version, spec={"n": version}, status={"id": f"{name}{version}"}))
        for name in "abca":
            shown = world.neighbour(key(name))
            assert shown
            assert (shown.spec, shown.facts) == ({"n": version}, {"id": f"{name}{version}"})
    assert len(world._shown) == 2
    world.remove(key("a"))
    assert world.neighbour(key("a")) is None
