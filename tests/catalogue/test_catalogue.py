"""The catalogue: dated data with sources, what a user adds to it, and what is said of a file that is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
import yaml

from mwaa_operator.core import catalogue
from mwaa_operator.core.catalogue import BUILT_IN, Catalogue, parse, version_tuple

RAW = yaml.safe_load(resources.files(catalogue).joinpath("mwaa.yaml").read_text())


def test_every_version_and_class_has_a_source_that_is_named() -> None:
    entries = {**RAW["airflowVersions"], **RAW["environmentClasses"]}
    assert {each["source"] for each in entries.values()} <= RAW["sources"].keys()
    assert BUILT_IN.as_of == date(2026, 11, 21)


@pytest.mark.row("B89", "D103")
@pytest.mark.parametrize(
    ("version", "python"),
    [("2.8.1", "3.11"), ("2.7.2", "3.11"), ("2.6.3", "3.10"), ("2.4.3", "3.10"), ("2.2.2", "3.7"), ("2.0.2", "3.7")],
)
def test_each_version_goes_with_a_python(version: str, python: str) -> None:
    assert BUILT_IN.versions[version].python == python


def test_limited_support_begins_before_support_ends() -> None:
    for name, known in BUILT_IN.versions.items():
        if known.limitedSupport and known.endOfSupport:
            assert known.limitedSupport < known.endOfSupport, name
        if known.available and known.limitedSupport:
            assert known.available < known.limitedSupport, name


def test_options_name_each_other_rightly() -> None:
    for name, option in BUILT_IN.options.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z0-9_]+", name)
        assert option.instead is None or option.instead in BUILT_IN.options, name
        assert not (option.refused and option.ignored), name


def test_no_option_that_holds_a_secret_is_shown() -> None:
    words = ("password", "passwd", "token", "user", "credential", "backend_kwargs")
    assert [name for name, each in BUILT_IN.options.items() if any(w in name for w in words) and not each.refused] == []


def test_what_a_user_adds_wins_and_the_rest_stays() -> None:
    known = BUILT_IN.extended('{"airflowVersions": {"2.8.1": {"python": "3.12"}}, "quotas": {"workers": 50}}')
    assert known.versions["2.8.1"].python == "3.12"
    assert known.versions["2.7.2"] == BUILT_IN.versions["2.7.2"]
    assert (known.quotas["workers"], known.quotas["webservers"]) == (50, 5)
    assert known.declared_quotas == {"workers"}
    assert BUILT_IN.declared_quotas == frozenset()


def test_an_empty_file_adds_nothing() -> None:
    assert BUILT_IN.extended("") == BUILT_IN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[", "is not YAML"),
        ("- a", "it is no mapping"),
        ("versions: {}", "unknown: versions"),
        ("airflowVersions: [2.8.1]", "airflowVersions is a mapping"),
        ("airflowVersions: {2.8.1: {pyton: '3.11'}}", "airflowVersions.2.8.1 may say python, "),
        ("airflowVersions: {2.8.1: {providers: [amazon]}}", "providers is a mapping of names to texts (in quotes)"),
        ("airflowVersions: {2.8.1: {providers: {amazon: 8.1}}}", "providers is a mapping of names to texts (in quotes)"),
        ("airflowVersions: {2.8.1: {python: 3.11}}", "airflowVersions.2.8.1.python is a text (in quotes), not 3.11"),
        ("airflowVersions: {2.8.1: {endOfSupport: soon}}", "endOfSupport is a date such as 2026-11-21, not 'soon'"),
        ("environmentClasses: {a: {vcpu: one}}", "environmentClasses.a.vcpu is a number, not 'one'"),
        ("environmentClasses: {a: {schedulers: 3}}", "environmentClasses.a.schedulers is a list of two numbers, not 3"),
        ("quotas: {workers: 0}", "quotas is a mapping of names to numbers above 0"),
        ("regions: us-east-1", "regions is a list of codes"),
    ],
)
def test_a_wrong_file_is_refused_by_place(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse(text)


def test_versions_compare_by_number() -> None:
    assert version_tuple("2.10.1") > version_tuple("2.9.2")
    assert version_tuple("newest") == ()


def test_nothing_is_known_of_an_empty_catalogue() -> None:
    assert Catalogue(date.min).versions == {}


@pytest.mark.parametrize(("name", "words"), [("absent.yaml", "cannot be read"), ("wrong.yaml", "unknown: versions")])
def test_the_operator_does_not_start_with_a_wrong_file(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "wrong.yaml").write_text("versions: {}\n")
    command = [sys.executable, "-m", "mwaa_operator.app.main", "--region=us-east-1", f"--catalogue={tmp_path / name}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr
