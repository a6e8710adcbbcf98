from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from mwaa_operator.api import KINDS, generate


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A place to generate into, with the samples that the pages show."""
    (tmp_path / generate.SAMPLE).parent.mkdir(parents=True)
    for each in (generate.SAMPLE, *generate.FURTHER):
        shutil.copy(root / each, tmp_path / each)
    assert generate.MADE.main(["--root", str(tmp_path)]) == 0
    return tmp_path


def test_what_lies_in_the_repository_is_what_the_models_say(root: Path) -> None:
    assert generate.MADE.stale(root) == []


def test_check_is_content_after_writing(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.MADE.main(["--root", str(copy), "--check"]) == 0
    assert capsys.readouterr().err == ""


def test_check_names_what_is_missing_different_or_left_over(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "crds/buckets.yaml").unlink()
    (copy / "docs/reference/network.md").write_text("by hand")
    (copy / "helm/mwaa-operator/files/crds/gone.yaml").write_text("kind: Gone")
    assert generate.MADE.main(["--root", str(copy), "--check"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == [
        "crds/buckets.yaml",
        "docs/reference/network.md",
        "helm/mwaa-operator/files/crds/gone.yaml",
    ]
    assert all(generate.COMMAND in line for line in said)


def test_writing_again_mends_it(copy: Path) -> None:
    (copy / "docs/reference/network.md").write_text("by hand")
    (copy / "crds/gone.yaml").write_text("kind: Gone")
    generate.MADE.main(["--root", str(copy)])
    assert generate.MADE.stale(copy) == []
    assert not (copy / "crds/gone.yaml").exists()


def test_the_chart_has_the_same_crds(root: Path) -> None:
    ours, charts = ({path.name: path.read_text() for path in (root / each).iterdir()} for each in generate.CRD_DIRECTORIES)
    assert ours == charts
    assert len(ours) == len(KINDS)


@pytest.mark.parametrize("each", KINDS, ids=lambda each: each.kind)
def test_a_page_has_every_field_and_column(each: object, root: Path) -> None:
    definition = next(kind for kind in KINDS if kind is each)
    text = (root / generate.REFERENCE / f"{definition.singular}.md").read_text()
    for model in (definition.spec, definition.status):
        for field in model.model_fields.values():
            assert f"| `{field.alias}` |" in text
    for column in definition.columns:
        assert f"| {column.name} |" in text
    assert f"kind: {definition.kind}" in text


def test_the_sample_has_each_kind_once_that_a_quick_start_needs(root: Path) -> None:
    documents = list(yaml.safe_load_all((root / generate.SAMPLE).read_text()))
    assert sorted(each["kind"] for each in documents) == sorted({each.kind for each in KINDS} - {"EncryptionKey"})
    assert {each["metadata"]["name"] for each in documents} == {"quickstart"}
