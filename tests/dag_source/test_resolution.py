"""Requirements are really resolved, by uv and a real index, before they are uploaded."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.core.catalogue import BUILT_IN
from mwaa_operator.core.finding import Severity
from mwaa_operator.engine.fetching import Fetching
from mwaa_operator.fetch.limits import MIB
from mwaa_operator.fetch.resolution import Resolver
from mwaa_operator.fetch.stored import Store

from .asker import Asker
from .package_index import PackageIndex, wheel

NOBODY = "http://127.0.0.1:9/simple"
CONSTRAINTS = "/constraints-2.8.1/constraints-3.11.txt"


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    made = PackageIndex()
    made.add("pandas", "2.1.4", "numpy>=1.26,<2")
    made.add("pandas", "2.2.0", "numpy>=1.26,<2")
    made.add("numpy", "1.26.4")
    made.add("numpy", "2.0.0")
    made.texts[CONSTRAINTS] = "numpy==1.26.4\npandas==2.1.4\n"
    yield made
    made.stop()


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Asker]:
    store = Store(tmp_path, 100 * MIB)
    fetching = Fetching({"resolution": Resolver(loopback=True)}, store.new, patience=60)
    yield Asker(fetching, store)
    fetching.close()
    store.close()


def source(index: str, *packages: str, **settings: Any) -> dict[str, Any]:
    """Declare requirements. Before 2.7.2 MWAA puts in no constraints, and none are asked for."""
    version = "2.8.1" if "constraint" in settings else "2.6.3"
    asked = {"packages": packages, "airflowVersion": version, "constraint": "None", "indexUrl": index, **settings}
    return {"requirements": asked}


def keys(bucket: Any) -> list[str]:
    return [each.key for each in bucket.objects.filter(Prefix="mwaa/")]


def findings(run: Any, code: str) -> list[Any]:
    return [each for each in run.graph.findings if each.code == code]


@pytest.mark.row("B168")
async def test_a_conflicting_pair_is_not_uploaded_and_is_named_in_the_resolvers_words(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    url = f"{index.url}{CONSTRAINTS}"
    stack = new_stack(source(index.simple, "pandas==2.1.4", "numpy==2.0.0", constraint=url))
    run = await ask(stack)
    assert keys(bucket) == []
    [need] = run.plan.step("requirements").needs
    assert (need.reason, need.condition) == ("RequirementsConflict", "Preflight")
    assert "on Airflow 2.8.1 (Python 3.11)" in need.message and "numpy==2.0.0" in need.message
    [finding] = findings(run, "RequirementsConflict")
    assert (finding.where, finding.severity) == ("spec.requirements", Severity.ERROR)
    stack.spec = source(index.simple, "pandas==2.1.4", "numpy", constraint=url)
    run = await ask(stack)
    assert findings(run, "RequirementsConflict") == []
    assert len(keys(bucket)) == 1
    [entry] = stack.published["artefacts"]
    assert entry["resolved"] is True


@pytest.mark.row("B168")
@pytest.mark.parametrize(
    ("packages", "good"),
    [
        (["pandas==2.1.4"], True),
        (["pandas"], True),
        (["pandas==2.2.0"], False),
        (["numpy>=2"], False),
        (["not-there==1.0"], False),
        (["numpy==2.0.0; python_version < '3.11'", "pandas"], True),
        (["numpy==2.0.0; python_version >= '3.11'"], False),
    ],
)
async def test_the_constraints_and_the_python_of_the_version_count(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, packages: list[str], good: bool
) -> None:
    stack = new_stack(source(index.simple, *packages, constraint=f"{index.url}{CONSTRAINTS}"))
    run = await ask(stack)
    assert (len(keys(bucket)), len(findings(run, "RequirementsConflict"))) == ((1, 0) if good else (0, 1))


async def test_the_last_good_file_stays(new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker) -> None:
    url = f"{index.url}{CONSTRAINTS}"
    stack = new_stack(source(index.simple, "pandas==2.1.4", constraint=url))
    await ask(stack)
    [key] = keys(bucket)
    first = bucket.Object(key).version_id
    stack.spec = source(index.simple, "pandas==2.2.0", constraint=url)
    await ask(stack)
    assert bucket.Object(key).version_id == first
    assert "specHash" not in stack.published["artefacts"][0], "environments wait until it is mended"


async def test_what_was_resolved_and_uploaded_is_not_asked_again(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, tmp_path: Path
) -> None:
    stack = new_stack(source(index.simple, "pandas==2.1.4", constraint=f"{index.url}{CONSTRAINTS}"))
    await ask(stack)
    asked = len(index.asked)
    assert asked
    restarted = Asker(Fetching({"resolution": Resolver(loopback=True)}, ask.store.new, patience=60), ask.store)
    run = await restarted(stack)
    assert (len(index.asked), stack.published["artefacts"][0]["resolved"]) == (asked, True)
    assert run.plan.steps == ()
    restarted.fetching.close()


@pytest.mark.parametrize("status", [401, 403, 500, 503])
async def test_an_index_that_does_not_answer_is_a_warning_and_the_file_is_uploaded(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, status: int
) -> None:
    index.refuses = status
    stack = new_stack(source(index.simple, "pandas==2.1.4"))
    run = await ask(stack)
    [finding] = findings(run, "RequirementsNotResolved")
    assert finding.severity is Severity.WARNING
    assert "was not checked" in finding.message and "resolution.enabled: false" in finding.message
    assert index.asked
    assert len(keys(bucket)) == 1
    assert "resolved" not in stack.published["artefacts"][0], "so that it is asked again"


@pytest.mark.parametrize("constraint", [{}, {"constraint": "http://127.0.0.1:9/constraints-2.8.1/constraints-3.11.txt"}])
async def test_without_a_way_there_it_was_not_checked(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, constraint: dict[str, str]
) -> None:
    there = index.simple if constraint else NOBODY
    run = await ask(new_stack(source(there, "pandas==2.1.4", **constraint)))
    [finding] = findings(run, "RequirementsNotResolved")
    assert "127.0.0.1:9" in finding.message
    assert len(keys(bucket)) == 1


async def test_what_must_be_built_first_was_not_checked(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    index.wheels["mine-1.0.tar.gz"] = b"no archive, and it is never unpacked"
    run = await ask(new_stack(source(index.simple, "mine==1.0")))
    assert "mine==1.0 has no usable wheels" in findings(run, "RequirementsNotResolved")[0].message
    assert len(keys(bucket)) == 1
    index.wheels["other-1.0-cp37-cp37m-win_amd64.whl"] = b""
    run = await ask(new_stack(source(index.simple, "other==1.0")))
    assert "Python ABI tag" in findings(run, "RequirementsConflict")[0].message, "pip finds no such wheel either"


async def test_of_several_indexes_the_best_version_counts_as_with_pip(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    other = PackageIndex()
    other.add("numpy", "1.25.0")
    stack = new_stack(source(other.simple, "numpy==1.26.4", "pandas", extraIndexUrls=[index.simple]))
    run = await ask(stack)
    assert (findings(run, "RequirementsConflict"), stack.published["artefacts"][0]["resolved"]) == ([], True)
    index.refuses = 401
    stack.spec = source(other.simple, "numpy", "pandas", extraIndexUrls=[index.simple])
    assert len(findings(await ask(stack), "RequirementsNotResolved")) == 1, "the one that has it does not answer"
    other.stop()


async def test_it_can_be_switched_off_and_another_index_be_asked(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    stack = new_stack(source(NOBODY, "numpy==3.0", resolution={"enabled": False}))
    assert findings(await ask(stack), "RequirementsNotResolved") == []
    assert (len(keys(bucket)), index.asked) == (1, [])
    stack.spec = source(NOBODY, "numpy==3.0", resolution={"indexUrl": index.simple})
    assert len(findings(await ask(stack), "RequirementsConflict")) == 1
    assert index.asked


async def test_what_needs_credentials_or_is_a_wheel_is_not_asked_for(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    secret = "https://${AIRFLOW__FOO__USER}:${AIRFLOW__FOO__PASS}@index.example/simple"
    [finding] = findings(await ask(new_stack(source(secret, "numpy==3.0"))), "RequirementsNotResolved")
    assert "wants credentials" in finding.message and "AIRFLOW__FOO" not in finding.message
    run = await ask(new_stack(source(index.simple, "numpy==3.0", noIndex=True)))
    assert findings(run, "RequirementsNotResolved") == []
    assert index.asked == []


@pytest.mark.parametrize("option", ["--index-url", "--extra-index-url", "--constraint"])
async def test_a_password_in_a_text_is_neither_used_nor_repeated(
    new_stack: Callable[..., Any],
    bucket: Any,
    index: PackageIndex,
    ask: Asker,
    option: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    url = index.simple.replace("//", "//user:s3cr3t@")
    text = f"{option} {url}\npandas==2.1.4\n"
    stack = new_stack({"requirements": {"text": text, "airflowVersion": "2.6.3", "constraint": "None"}})
    run = await ask(stack)
    assert "s3cr3t" not in f"{run.graph.findings}{caplog.text}"
    assert (len(findings(run, "RequirementsNotResolved")), index.asked) == (1, [])


async def test_constraints_among_the_dags_are_read(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    settings = source(index.simple, "numpy==2.0.0", constraint="/usr/local/airflow/dags/own.txt")
    stack = new_stack({"files": {"own.txt": "numpy<2\n"}, **settings})
    assert "numpy<2" in findings(await ask(stack), "RequirementsConflict")[0].message
    stack.spec = {"files": {"own.txt": "numpy>=2\n"}, **settings}
    assert findings(await ask(stack), "RequirementsConflict") == []


async def test_uv_is_given_nothing_but_names_and_no_credentials(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_INDEX_URL", NOBODY)
    monkeypatch.setenv("UV_CONSTRAINT", "/nowhere")
    assert os.environ["AWS_ACCESS_KEY_ID"]
    text = "pandas==2.1.4\n-r /etc/passwd\n-e .\n./local.whl\nx @ file:///etc/passwd\ngit+https://code.example/a.git\n"
    stack = new_stack({"requirements": {**source(index.simple)["requirements"], "packages": [], "text": text}})
    run = await ask(stack)
    assert findings(run, "RequirementsConflict") == findings(run, "RequirementsNotResolved") == []
    assert stack.published["artefacts"][0]["resolved"] is True


async def test_uv_that_takes_too_long_is_ended(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    slow = Asker(Fetching({"resolution": Resolver(seconds=0.0, loopback=True)}, ask.store.new, patience=60), ask.store)
    run = await slow(new_stack(source(index.simple, "pandas==2.1.4")))
    assert "no answer within 0 seconds" in findings(run, "RequirementsNotResolved")[0].message
    slow.fetching.close()


async def test_while_it_is_asked_nothing_is_uploaded(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    hasty = Asker(Fetching({"resolution": Resolver(loopback=True)}, ask.store.new, patience=0), ask.store)
    run = await hasty(new_stack(source(index.simple, "pandas==2.1.4")))
    assert [need.reason for need in run.plan.step("requirements").needs] == ["ResolvingRequirements"]
    assert keys(bucket) == []
    hasty.fetching.close()


async def test_nothing_stays_on_the_disk(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, tmp_path: Path
) -> None:
    await ask(new_stack(source(index.simple, "pandas==2.1.4")))
    assert list(tmp_path.glob("*/tree-*")) == []


async def test_other_constraints_under_the_same_name_are_asked_about_anew(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    settings = source(index.simple, "numpy==1.26.4", constraint="/usr/local/airflow/dags/own.txt")
    stack = new_stack({"files": {"own.txt": "numpy<2\n"}, **settings})
    await ask(stack)
    [entry] = stack.published["artefacts"]
    assert entry["resolved"] is True and len(entry["resolvedFor"]) == 64
    stack.spec = {"files": {"own.txt": "numpy>=2\n"}, **settings}
    run = await ask(stack)
    assert len(findings(run, "RequirementsConflict")) == 1, "the bytes of requirements.txt are the same"
    assert "specHash" not in stack.published["artefacts"][0]


@pytest.mark.row("B168")
@pytest.mark.parametrize(("version", "good"), [("2.8.1", True), ("2.6.3", False)])
async def test_the_python_of_the_version_counts_and_not_the_operators_own(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, version: str, good: bool
) -> None:
    url = f"{index.url}{CONSTRAINTS}"
    own = f"cp{sys.version_info.major}{sys.version_info.minor}"
    index.wheels[f"made-1.0-{own}-{own}-manylinux2014_x86_64.whl"] = wheel("made", "1.0")
    assert (BUILT_IN.versions[version].python == f"{sys.version_info.major}.{sys.version_info.minor}") is good
    run = await ask(new_stack(source(index.simple, "made==1.0", constraint=url, airflowVersion=version)))
    assert (len(keys(bucket)), len(findings(run, "RequirementsConflict"))) == ((1, 0) if good else (0, 1))


async def test_uv_that_writes_too_much_is_ended(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, tmp_path: Path
) -> None:
    small = Asker(Fetching({"resolution": Resolver(file_bytes=16)}, ask.store.new, patience=60), ask.store)
    run = await small(new_stack(source(index.simple, "pandas==2.1.4")))
    [finding] = findings(run, "RequirementsNotResolved")
    assert "could not read them" in finding.message
    assert list(tmp_path.glob("*/tree-*")) == []
    small.fetching.close()
