"""What a DAG source's files are made of: ConfigMaps, and files among its own that are no DAG files then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..api.dag_source import DagSourceSpec
from ..api.dag_source_files import ConfigMapKey
from ..core.finding import Finding
from ..core.kind import Context
from ..core.need import EndsBy, Need
from ..sources.files import Files, without
from . import dag_source_data
from .dag_source_git import unfetched


def apart(spec: DagSourceSpec, files: Files) -> Files:
    """Give the files that are DAG files: those that something else is made of are left out."""
    named = {block.path for block in (spec.plugins, spec.requirements, spec.startup_script) if block and block.path}
    if not named:
        return files
    lead = f"{spec.plugins.path}/" if spec.plugins and spec.plugins.path else ""
    taken = {path for path in files.content if path in named or (lead and path.startswith(lead))}
    return replace(files, content=without(files.content, taken))


def held(findings: Sequence[Finding]) -> Need | None:
    """Say that nothing is made while there are faults."""
    if not findings:
        return None
    first = findings[0]
    return Need(first.code, f"{first.where}: {first.message}", EndsBy.USER, "Preflight")


def gap(spec: DagSourceSpec, context: Context, files: Files) -> Need | None:
    """Say what is missing of the source's own files: nothing is made of a part of them."""
    return next(dag_source_data.absent(spec, context), None) or unfetched(spec, context) or held(files.findings)


def of_source(where: str, path: str, files: Files) -> bytes | Need:
    """Read one of the source's own files."""
    return files.content[path] if path in files.content else not_there(where, f"file {path}")


def of_document(where: str, key: ConfigMapKey, context: Context) -> bytes | Need:
    """Read one entry of a ConfigMap."""
    if key.name not in context.documents:
        return absent(where, key.name)
    if key.key not in context.documents[key.name]:
        text = f"{where}: ConfigMap {key.name} has no entry {key.key}. Add it, or correct the key."
        return Need("DependencyNotFound", text, condition="ReferencesResolved")
    return context.documents[key.name][key.key]


def absent(where: str, name: str) -> Need:
    """Say that a ConfigMap is missing."""
    text = f"{where}: ConfigMap {name} does not exist in this namespace. Create it, or correct the name."
    return Need("DependencyNotFound", text, condition="ReferencesResolved")


def not_there(where: str, what: str) -> Need:
    """Say that the source lacks a file of its own."""
    return Need("FileNotInSource", f"{where}: the source has no {what}. Add it, or correct the path.", EndsBy.USER)
