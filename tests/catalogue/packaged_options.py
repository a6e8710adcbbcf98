"""Writes the list of Airflow's options from its packages, as they lie on PyPI.

    python tests/catalogue/packaged_options.py DIRECTORY > operator/mwaa_operator/core/catalogue/airflow_options.txt

DIRECTORY has the wheels of `apache-airflow` of each version (of 3: `apache-airflow-core` and `apache-airflow-task-sdk`), and
those of providers. An option counts as Airflow's where config.yml describes it, where it is an older name that Airflow still
reads, or where code asks for it by this name. Options that providers read in sections of Airflow count for every version.
"""

from __future__ import annotations

import ast
import re
import sys
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

CONFIG = "airflow/config_templates/config.yml"
TYPES = {"integer": "int", "int": "int", "float": "float", "boolean": "bool"}
READERS = {"getint": "int", "getfloat": "float", "getboolean": "bool", "has_option": None}
"""What code takes an option for; all other ways take it for text."""
FREE = re.compile(
    "sentry|celery.*|kubernetes.*|local_kubernetes.*|elasticsearch.*|atlas|dask|hive|ldap|admin|.*_enterprise|smart_.*"
)
"""Sections that are passed on whole, or that belong to providers."""
READ = re.compile(
    r"""\bconf(?:iguration)?\.(get\w*|has_option)\(\s*(?:section=)?['"]([\w.]+)['"]\s*,\s*(?:key=)?['"](\w+)['"]"""
)
Options = dict[tuple[str, str], str]


def main(directory: Path) -> None:
    """Print the list."""
    wheels = [zipfile.ZipFile(each) for each in sorted(directory.rglob("*.whl"))]
    airflows = {_version(each): each for each in wheels if CONFIG in each.namelist()}
    versions = sorted(airflows, key=lambda version: [*map(int, version.split("."))])
    described = {version: _described(airflows[version]) for version in versions}
    sections = {version: {section for section, _ in described[version]} for version in versions}
    everywhere = {option for each in wheels if CONFIG not in each.namelist() for option, _ in _read(each)}
    everywhere -= {option for version in versions for option in described[version]}
    has = {version: _known(airflows[version], described[version], everywhere, sections[version]) for version in versions}
    print(
        f"# Options of Airflow by version, from the packages on PyPI, {date.today()}: tests/catalogue/packaged_options.py."
    )
    print(
        "# [section], then each option: its type where it is none of text, and the first and the last version that has it."
    )
    print("versions", *versions)
    for section in sorted(set().union(*sections.values())):
        print(" ".join([f"[{section}]", *_span([each for each in versions if section in sections[each]], versions)]))
        for option in sorted({option for each in has.values() for option in each if option[0] == section}):
            those = [version for version in versions if option in has[version]]
            types = {has[version][option] for version in those}
            print(" ".join([option[1], *(types - {""} if len(types) == 1 else []), *_span(those, versions)]))


def _known(wheel: zipfile.ZipFile, described: Options, everywhere: set[tuple[str, str]], sections: set[str]) -> Options:
    read: dict[tuple[str, str], set[str]] = {}
    for option, reader in _read(wheel):
        read.setdefault(option, set()).update({READERS.get(reader, "")} - {None})
    as_read = {option: (types.pop() if len(types) == 1 else "") for option, types in read.items()}
    found = dict.fromkeys(everywhere, "") | as_read
    found |= {option: type_ or as_read.get(option, "") for option, type_ in described.items()}
    found = _older_names(wheel, found) | found
    return {option: type_ for option, type_ in found.items() if option[0] in sections}


def _version(wheel: zipfile.ZipFile) -> str:
    return Path(str(wheel.filename)).name.split("-")[1]


def _described(wheel: zipfile.ZipFile) -> Options:
    given = yaml.safe_load(wheel.read(CONFIG))
    if isinstance(given, list):
        found = {(each["name"], option["name"]): option for each in given for option in each["options"]}
    else:
        found = {(section, name): option for section, each in given.items() for name, option in each["options"].items()}
    # what is left of the section belongs to a provider, which reads more in it
    three = not _version(wheel).startswith("2.")
    return {
        key: TYPES.get(option.get("type", ""), "")
        for key, option in found.items()
        if not FREE.fullmatch(key[0]) and not (three and key[0] == "webserver")
    }


def _read(wheel: zipfile.ZipFile) -> Iterator[tuple[tuple[str, str], str]]:
    for text in _code(wheel):
        for match in READ.finditer(text):
            yield (match[2].lower(), match[3].lower()), match[1]


def _older_names(wheel: zipfile.ZipFile, described: Options) -> Options:
    found: Options = {}
    for text in _code(wheel, "configuration"):
        if "deprecated_options" in text:
            for node in ast.walk(ast.parse(text)):
                found |= dict(_of_mapping(node, described))
    return found


def _of_mapping(node: ast.AST, described: Options) -> Iterator[tuple[tuple[str, str], str]]:
    target: Any = (
        node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
    )
    if getattr(target, "id", "").endswith("deprecated_options") and isinstance(node.value, ast.Dict):  # type: ignore[attr-defined]
        for new, old in ast.literal_eval(node.value).items():  # type: ignore[attr-defined]
            for section, name, _ in old if isinstance(old, list) else [old]:
                yield (section, name), described.get(new, "")


def _code(wheel: zipfile.ZipFile, within: str = "") -> Iterator[str]:
    for name in wheel.namelist():
        if name.endswith(".py") and within in name:
            yield wheel.read(name).decode("utf-8", "replace")


def _span(those: list[str], versions: list[str]) -> list[str]:
    return [] if those == versions else [those[0], those[-1]]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
