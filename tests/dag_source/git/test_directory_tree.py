"""A directory tree that is no DAG, such as a dbt project, from a real repository into a real bucket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from mwaa_operator.core.kind import Context
from mwaa_operator.core.origin import Fetched, Origin
from mwaa_operator.fetch.revision import SourceRevisions

from ..conftest import Stack
from .conftest import Git

PROJECT = {
    "dbt_project.yml": "name: shop\n",
    "models/staging/orders.sql": "select 1\n",
    "models/marts/deep/er/revenue.sql": "select 2\n",
    "seeds/empty.csv": "",
    "macros/cents.sql": "{% macro cents() %}{% endmacro %}\n",
}


@dataclass
class Fetching(Stack):
    """A source with a repository."""

    fetched: Mapping[Origin, Fetched] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.registry = replace(self.registry, adapters={**self.registry.adapters, SourceRevisions.TYPE: SourceRevisions()})

    @property
    def context(self) -> Context:
        return replace(super().context, fetched=self.fetched)


def versions(bucket: Any) -> dict[str, str]:
    return {each.key: bucket.Object(each.key).version_id for each in bucket.objects.filter(Prefix="dags/dbt/shop/")}


@pytest.mark.row("D7")
async def test_every_file_of_a_tree_is_delivered_and_unchanged_keys_keep_their_version(
    emulator: Any, bucket: Any, git: Git
) -> None:
    repository = git.repository()
    repository.commit({f"dbt/shop/{path}": text for path, text in PROJECT.items()})
    # somebody else keeps a file in a folder of the project
    theirs = "dags/dbt/shop/seeds/theirs.csv"
    bucket.Object(theirs).put(Body=b"theirs")
    kept = bucket.Object(theirs).version_id
    stack = Fetching(emulator, {"git": {"url": git.origin().url}, "prune": True})
    [origin] = stack.kind.origins(stack.obj.spec)
    stack.fetched = {origin: git.fetch(origin)}
    facts = stack.facts(await stack.once())
    assert (facts["sourceRevision"], facts["fileCount"]) == (stack.fetched[origin].revision, len(PROJECT))
    before = versions(bucket)
    assert before.keys() == {*(f"dags/dbt/shop/{path}" for path in PROJECT), theirs}
    for path, text in PROJECT.items():
        assert bucket.Object(f"dags/dbt/shop/{path}").get()["Body"].read() == text.encode()

    # one file is edited to the same size, one goes, one comes
    changed = {"models/staging/orders.sql": "select 9\n", "macros/cents.sql": None, "models/new.sql": "select 3\n"}
    repository.commit({f"dbt/shop/{path}": text for path, text in changed.items()})
    stack.fetched = {origin: git.fetch(origin)}
    await stack.once()
    after = versions(bucket)
    differing = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert differing == {f"dags/dbt/shop/{path}" for path in changed}
    assert "dags/dbt/shop/macros/cents.sql" not in after and after[theirs] == kept
