"""A real registry, and what the operator makes of what is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.core.errors import OutsideError, Problem
from mwaa_operator.core.origin import Fetched, Origin
from mwaa_operator.fetch.limits import MIB, Limits
from mwaa_operator.fetch.oci import OciFetcher
from mwaa_operator.fetch.stored import Store

from ..git.served import Certificate
from .served import Registry


@dataclass
class Oci:
    """A registry, and a fetcher that reads it."""

    registry: Registry
    store: Store
    root: Path
    secret: dict[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def origin(self, repository: str = "dags", tag: str = "v1", **settings: Any) -> Origin:
        plain = frozenset() if self.registry.certificate else frozenset({"insecure"})
        settings = {"reference": ("tag", tag), **settings, "options": settings.get("options", frozenset()) | plain}
        return Origin("oci", "spec.oci", f"{self.registry.url}/{repository}", **settings)

    def look(self, origin: Origin | None = None) -> str:
        return OciFetcher(self.limits).look(origin or self.origin(), self.secret)

    def fetch(self, origin: Origin | None = None) -> Fetched:
        """Look, and fetch what was seen."""
        origin = origin or self.origin()
        fetcher = OciFetcher(self.limits)
        return fetcher.fetch(origin, self.secret, fetcher.look(origin, self.secret), self.store.new())

    def refused(self, origin: Origin | None = None) -> Problem:
        """Expect a refusal, after which nothing is left on the disk."""
        with pytest.raises(OutsideError) as error:
            self.fetch(origin)
        assert [each.name for each in (self.root / "store").glob("*/*/*")] == [] and self.store.taken == 0
        return error.value.problem


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.made(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One that anybody may read and write, over http."""
    made = Registry(tmp_path_factory.mktemp("registry"))
    yield made
    made.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "store", 100 * MIB)
    yield made
    made.close()


@pytest.fixture
def oci(registry: Registry, store: Store, tmp_path: Path) -> Oci:
    return Oci(registry, store, tmp_path)


@pytest.fixture
def new_registry(tmp_path: Path) -> Iterator[Callable[..., Registry]]:
    made: list[Registry] = []

    def start(**settings: Any) -> Registry:
        made.append(Registry(tmp_path / f"registry{len(made)}", **settings))
        return made[-1]

    yield start
    for each in made:
        each.stop()
