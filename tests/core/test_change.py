"""Differences: what counts, what does not, and that hashes are the same in every process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mwaa_operator.core.change import Change, changes, digest, fingerprint, plain
from mwaa_operator.core.observed import Observed
from mwaa_operator.core.part import Effect, Late, Model, Ref, attr
from mwaa_operator.core.secret import MASK, Secret


@dataclass(frozen=True)
class Thing(Model):
    TYPE = "test/thing"
    size: int | None = attr(default=None)
    secret: Secret | None = attr(default=None)
    home: str | Late = attr(Effect.REFUSED, default="here")
    tags: Mapping[str, str] = attr(subset=True, default_factory=dict)
    content: bytes = attr(compare=False, default=b"")


@pytest.mark.parametrize(
    ("model", "observed", "paths"),
    [
        (Thing(size=1), {"size": 1, "home": "here"}, []),
        (Thing(size=2), {"size": 1, "home": "here"}, ["size"]),
        (Thing(), {"size": 7, "home": "here"}, []),  # not declared: AWS's default is no difference
        (Thing(size=2), {"home": "here"}, []),  # cannot be read: never differs
        (Thing(home=Ref("a", "b")), {"home": "there"}, []),  # not known yet
        (Thing(home="there"), {"home": "here"}, ["home"]),
        (Thing(tags={"a": "1"}), {"home": "here", "tags": {"a": "1", "foreign": "x"}}, []),
        (Thing(tags={"a": "1"}), {"home": "here", "tags": {"foreign": "x"}}, ["tags"]),
        (Thing(content=b"x"), {"home": "here", "content": b"y"}, []),
    ],
)
def test_only_declared_and_readable_fields_differ(model: Thing, observed: dict[str, Any], paths: list[str]) -> None:
    assert [change.path for change in changes(model, Observed("id", observed))] == paths


def test_a_secret_is_never_shown() -> None:
    new, old = Secret("new", "salt"), Secret("old", "salt")
    (change,) = changes(Thing(secret=new), Observed("id", {"secret": old, "home": "here"}))
    assert change.shown()["desired"] == change.shown()["observed"] == MASK
    assert "new" not in repr(Thing(secret=new))


def test_a_secret_in_a_mapping_is_compared_by_its_hash_and_shown_as_stars() -> None:
    old, new = (Secret(value, "salt") for value in ("canary-old", "canary-new"))
    observed = Observed("id", {"home": "here", "tags": {"a": old, "b": "1"}})
    (change,) = changes(Thing(tags={"a": new, "b": "2"}), observed)  # type: ignore[dict-item]
    assert (change.shown()["observed"], change.shown()["desired"]) == ({"a": MASK, "b": "1"}, {"a": MASK, "b": "2"})
    assert changes(Thing(tags={"a": Secret("canary-old", "salt"), "b": "1"}), observed) == ()  # type: ignore[dict-item]
    assert "canary" not in repr(change) + str(new) + str(plain(change.desired)) + str(plain(Secret("canary", "s")))


def test_a_secret_hashes_differently_under_another_salt() -> None:
    assert Secret("x", "one").digest == Secret("x", "one").digest
    assert Secret("x", "one").digest != Secret("x", "two").digest
    assert digest({"a": Secret("x", "one")}) != digest({"a": Secret("y", "one")})


def test_of_a_mapping_only_what_differs_is_shown() -> None:
    observed = Observed("id", {"home": "here", "tags": {"a": "1", "b": "2", "c": "3"}})
    (change,) = changes(Thing(tags={"a": "1", "b": "9"}), observed)
    assert (change.shown()["observed"], change.shown()["desired"]) == ({"b": "2"}, {"b": "9"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_the_order_of_keys_never_matters(value: dict[str, Any]) -> None:
    turned = dict(reversed(list(value.items())))
    assert digest(value) == digest(turned)
    assert plain(value) == plain(turned)


@given(st.integers(), st.integers())
def test_a_model_equals_its_own_observation_and_no_other(size: int, other: int) -> None:
    seen = Observed("id", {"size": size, "home": "here"})
    assert changes(Thing(size=size), seen) == ()
    assert bool(changes(Thing(size=other), seen)) == (size != other)
    assert (fingerprint(Thing(size=size)) == fingerprint(Thing(size=other))) == (size == other)


def test_of_a_map_that_may_be_secret_the_keys_are_shown() -> None:
    one, three, four = (Secret(text, "salt") for text in "134")
    change = Change("options", {"a": one, "b": "***"}, {"a": one, "b": three, "c": four}, Effect.RESTART)
    assert (change.shown()["observed"], change.shown()["desired"]) == ({"b": MASK}, {"b": MASK, "c": MASK})
