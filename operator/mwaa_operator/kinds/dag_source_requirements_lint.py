"""What the linter says of the requirements that a DAG source makes, for the environments that install them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..core.finding import Finding
from ..core.kind import Context, Neighbour
from ..sources.files import Files
from ..sources.lint_requirements import Installer, installer, judged
from ..sources.lint_requirements_versions import large_wheels
from ..sources.requirement_lines import Line
from ..sources.rules import OF_REQUIREMENTS

PLUGINS = "spec.plugins"


def findings(
    spec: DagSourceSpec, context: Context, files: Files, lines: Sequence[Line], version: str, listing: Sequence[Neighbour]
) -> Sequence[Finding]:
    """Say what is wrong with one file.

    Args:
        spec: of the source.
        context: has the catalogue, and the ConfigMaps that plugins are made of.
        files: all of the source's own files.
        lines: of the file.
        version: the only version of Airflow that it is for; empty for all.
        listing: the environments that list the source.
    """
    wheels = [(where, name) for where, name, _ in _wheels(spec, context, files)]
    found = [each for neighbour in listing for each in _installers(neighbour, version, context)]
    assert spec.requirements
    asked = version or spec.requirements.airflow_version or ""
    return judged(lines, wheels, found or [installer(asked, context.catalogue)], OF_REQUIREMENTS)


def wheels(spec: DagSourceSpec, context: Context, files: Files) -> Iterator[Finding]:
    """Say whether the wheels that are packed into plugins.zip are too large."""
    if found := list(_wheels(spec, context, files)):
        yield from large_wheels(found[0][0], sum(size for _, _, size in found))


def _installers(neighbour: Neighbour, version: str, context: Context) -> Iterator[Installer]:
    spec: Any = neighbour.spec
    mode = spec.webserver_access_mode or neighbour.facts.get("webserverAccessMode") or "PRIVATE_ONLY"
    known = [spec.airflow_version, neighbour.facts.get("airflowVersion")]
    for each in dict.fromkeys(str(each) for each in known if each) or [""]:
        if version in ("", each):
            yield installer(each, context.catalogue, is_private=mode == "PRIVATE_ONLY")


def _wheels(spec: DagSourceSpec, context: Context, files: Files) -> Iterator[tuple[str, str, int]]:
    """Give field, name and size of each wheel that plugins.zip is packed of."""
    if (block := spec.plugins) is None:
        return
    for reference in block.config_map_refs:
        for name, content in context.documents.get(reference.name, {}).items():
            if name.endswith(".whl"):
                yield f"{PLUGINS}.configMapRefs", name, len(content)
    lead = f"{block.path}/"
    for path in files.content if block.path else ():
        if path.startswith(lead) and path.endswith(".whl"):
            yield f"{PLUGINS}.path", path.rpartition("/")[2], len(files.content[path])
