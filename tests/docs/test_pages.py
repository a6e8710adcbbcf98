"""What the pages show is valid and what they name exists."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest
import yaml
from pydantic import BaseModel

from devcluster import tools
from devcluster.cluster import Cluster
from mwaa_operator.api import BY_KIND, KINDS, parse
from mwaa_operator.api.meta import API_VERSION, GROUP

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"])
SAMPLES = sorted(ROOT.glob("manifests/samples/*.yaml"))
VALUES = yaml.safe_load((ROOT / "helm" / "mwaa-operator" / "values.yaml").read_text())
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HOW_TO = [page for page in PAGES if page.parent.name == "how-to"]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(page: Path) -> list[Any]:
    """Give all documents of a page's YAML blocks."""
    found = (text for language, text in FENCE.findall(page.read_text()) if language == "yaml")
    return [document for text in found for document in yaml.safe_load_all(text) if document]


def unfenced(page: Path) -> str:
    return FENCE.sub("", page.read_text())


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", unfenced(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()).replace(" ", "-") for heading in headings}


def unknown_keys(value: Any, model: Any, path: str = "spec") -> Iterator[str]:
    """Name keys that the models would ignore and the API server refuse."""
    while not (isinstance(model, type) and issubclass(model, BaseModel)):
        if get_origin(model) is Mapping and isinstance(value, dict):
            for key, item in value.items():
                yield from unknown_keys(item, get_args(model)[1], f"{path}.{key}")
            return
        inner = [each for each in get_args(model) if _models(each)]
        if not inner:
            return
        if isinstance(value, list):
            for item in value:
                yield from unknown_keys(item, inner[0], f"{path}[]")
            return
        model = inner[0]
    if isinstance(value, dict):
        fields = {each.alias: each.annotation for each in model.model_fields.values()}
        for key, item in value.items():
            if key not in fields:
                yield f"{path}.{key}"
            else:
                yield from unknown_keys(item, fields[key], f"{path}.{key}")


def _models(annotation: Any) -> bool:
    own = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return own or any(_models(each) for each in get_args(annotation))


def check(document: dict[str, Any]) -> None:
    """Parse one of our objects; others need only be objects of Kubernetes."""
    assert {"apiVersion", "kind", "metadata"} <= document.keys()
    if document["apiVersion"] != API_VERSION:
        assert (document["apiVersion"], document["kind"]) == ("v1", "ConfigMap")
        return
    spec = document.get("spec", {})
    parse(document["kind"], spec, document["metadata"]["name"])
    assert list(unknown_keys(spec, BY_KIND[document["kind"]].spec)) == []


def paths(model: Any, prefix: str) -> Iterator[str]:
    """Give the paths of all fields of a model, such as `spec.verify.dagId`."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        for each in model.model_fields.values():
            yield f"{prefix}.{each.alias}"
            yield from paths(each.annotation, f"{prefix}.{each.alias}")
        return
    for each in get_args(model):
        yield from paths(each, prefix)


FIELDS = {path for kind in KINDS for part in ("spec", "status") for path in paths(getattr(kind, part), part)}


@pytest.mark.parametrize("path", SAMPLES, ids=name)
def test_samples_are_valid(path: Path) -> None:
    documents = list(yaml.safe_load_all(path.read_text()))
    assert documents
    for document in documents:
        check(document)


@pytest.mark.parametrize("path", SAMPLES, ids=name)
def test_what_stays_without_its_object_shares_no_role(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text()):
        if document["kind"] == "Environment" and document["spec"].get("deletionPolicy") == "Retain":
            assert "executionRoleRef" not in document["spec"], "its policy would no longer cover what was let go"


@pytest.mark.cluster
def test_the_api_server_takes_them_all(control_plane: Cluster) -> None:
    kubectl = [str(tools.ensure("kubectl")["kubectl"]), "apply", "--server-side", "--filename"]
    surroundings = {**os.environ, **control_plane.environment()}
    subprocess.run([*kubectl, str(ROOT / "crds")], env=surroundings, check=True, capture_output=True)
    names = [f"crd/{each.plural}.{GROUP}" for each in KINDS]
    # a definition that is a moment old has no conditions yet, which `--for=condition` takes for an error
    established = """--for=jsonpath={.status.conditions[?(@.type=="Established")].status}=True"""
    wait = [kubectl[0], "wait", established, "--timeout=60s", *names]
    subprocess.run(wait, env=surroundings, check=True, capture_output=True)
    documents = [document for page in PAGES for document in blocks(page) if "kind" in document]
    documents += [document for path in SAMPLES for document in yaml.safe_load_all(path.read_text())]
    for document in documents:
        done = subprocess.run(
            [*kubectl, "-", "--dry-run=server"],
            input=yaml.safe_dump(document),
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{done.stderr}\n{document}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_manifests_on_pages_are_valid(page: Path) -> None:
    for document in blocks(page):
        if "kind" in document:
            check(document)
        else:
            assert list(strangers(document, VALUES)) == [], "it is neither an object nor values of the chart"


def strangers(given: Any, known: Any, path: str = "") -> Iterator[str]:
    """Name keys that the chart's values lack; a map that is empty there takes any."""
    if isinstance(given, dict) and isinstance(known, dict) and known:
        for key, value in given.items():
            if key not in known:
                yield f"{path}.{key}"
            else:
                yield from strangers(value, known[key], f"{path}.{key}")


def test_every_how_to_of_a_kind_shows_it() -> None:
    shown = {document.get("kind") for page in HOW_TO for document in blocks(page)}
    assert shown >= BY_KIND.keys()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(unfenced(page)):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        there = (page.parent / target).resolve() if target else page
        assert there.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors(there), f"{link}: {sorted(anchors(there))}"


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    reached = {(index.parent / link.partition("#")[0]).resolve() for link in LINK.findall(index.read_text())}
    generated = ("reference", "preflight")  # each folder has an index of its own
    pages = {page for page in PAGES if page.parent.name not in generated} - {index}
    assert pages - reached == set()
    assert set(SAMPLES) - reached == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_targets_of_make_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    commands = re.findall(r"(?:`|^|\(|[A-Z]=\S+ )make (?:-s )?([a-z-]+)", page.read_text(), flags=re.MULTILINE)
    assert set(commands) <= targets


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_fields_exist(page: Path) -> None:
    named = re.findall(r"`((?:spec|status)(?:\.[A-Za-z0-9]+)+)(?:\[\])?`", page.read_text())
    assert {field for field in named if field not in FIELDS} == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_fields_in_commands_exist(page: Path) -> None:
    """A jsonpath that names no field prints nothing, and says nothing about it."""
    named = re.findall(r"\{(?:range )?\.((?:spec|status)\.[A-Za-z0-9.]+)", page.read_text())
    assert {field for field in named if field not in FIELDS} == set()


@pytest.mark.parametrize("page", HOW_TO, ids=name)
def test_values_of_the_chart_exist(page: Path) -> None:
    values = re.findall(
        r"`((?:capabilities|rbac|crds|serviceAccount|image|listen|metrics)(?:\.[A-Za-z]+)+)(?:=\w+)?`", page.read_text()
    )
    for value in values:
        there: Any = VALUES
        for key in value.split("."):
            assert key in there, value
            there = there[key]


def test_anchors_are_made_as_github_makes_them(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A `b`: C\n## 2. Install the chart\n```\n# not a heading\n```\n")
    assert anchors(page) == {"a-b-c", "2-install-the-chart"}


def test_unknown_keys_are_found() -> None:
    spec = {"verify": {"dagIds": "x"}, "configMapRefs": [{"nam": "x"}], "fils": {}}
    assert list(unknown_keys(spec, BY_KIND["DagSource"].spec)) == [
        "spec.verify.dagIds",
        "spec.configMapRefs[].nam",
        "spec.fils",
    ]
    assert list(unknown_keys({"teams": {"a": {"path": "x"}}}, BY_KIND["Environment"].spec)) == ["spec.teams.a.path"]
