"""Real repositories behind a real server, and what the operator makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.core.origin import Fetched, Origin
from mwaa_operator.fetch.git import GitFetcher
from mwaa_operator.fetch.limits import MIB, Limits
from mwaa_operator.fetch.stored import Store

from .served import Certificate, GitOverHttps, Repository


@dataclass
class Git:
    """The server, its repositories, and a fetcher that reads them."""

    root: Path
    https: GitOverHttps
    secret: dict[str, bytes]
    store: Store
    limits: Limits = field(default_factory=Limits)
    base: str = ""
    """Where repositories are read from; empty for https."""

    def repository(self, name: str = "dags") -> Repository:
        return Repository.made(self.root, name)

    def origin(self, name: str = "dags", **settings: Any) -> Origin:
        return Origin("git", "spec.git", f"{self.base or self.https.url}/{name}.git", **settings)

    def look(self, origin: Origin | None = None) -> str:
        return GitFetcher(self.limits).look(origin or self.origin(), self.secret)

    def fetch(self, origin: Origin | None = None) -> Fetched:
        return GitFetcher(self.limits).fetch(origin or self.origin(), self.secret, "", self.store.new())

    def stored(self) -> list[str]:
        """Name what lies on disk now."""
        return [each.name for each in (self.root / "store").glob("*/*/*")]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Certificate.made(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def git(tmp_path: Path, certificate: Certificate) -> Iterator[Git]:
    https = GitOverHttps(tmp_path, certificate)
    store = Store(tmp_path / "store", 100 * MIB)
    yield Git(tmp_path, https, {"ca.crt": certificate.certificate.read_bytes()}, store)
    https.stop()
    store.close()


@pytest.fixture
def text() -> Callable[[Fetched], dict[str, str]]:
    return lambda fetched: {path: content.decode() for path, content in fetched.files.items()}
