"""requirements.txt of a DAG source: one for each version of Airflow that it is for, or one for all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..api.dag_source import DagSourceSpec
from ..api.dag_source_requirements import AUTO, NONE, Requirements
from ..checks import plain_sight
from ..core.finding import Finding, Severity
from ..core.kind import Context, Neighbour, Object
from ..core.need import EndsBy, Need
from ..core.origin import Origin
from ..sources.files import Files, Source, gather
from ..sources.provider_constraints import pins, unreachable
from ..sources.requirements import Head, Input, conflicts, constraint_url, joined, names_own_versions, written
from ..sources.samples import requirements as of_samples
from . import dag_source_inputs, dag_source_providers, dag_source_requirements_lint, dag_source_resolution
from .dag_source_artefact_findings import by_policy
from .dag_source_git import unfetched
from .dag_source_providers import ON_MWAA, Edited
from .dag_source_resolution import Asked
from .environment_versions import option_variables

VARIABLE = re.compile(r"\$\{(AIRFLOW__[A-Z0-9_]+)\}")
WHERE = "spec.requirements"


@dataclass(frozen=True)
class File:
    """One requirements.txt."""

    version: str
    """The version of Airflow that it is for; empty for any."""
    content: bytes | Need
    """Or why it cannot be made now: then the last good one stays."""
    findings: tuple[Finding, ...] = ()
    resolved_for: str = ""
    """The hash of the question to which the answer was that its packages go together."""
    edited: Edited | None = None
    """The constraints that are made for it."""


def made(obj: Object[DagSourceSpec], context: Context, files: Files, listing: Sequence[Neighbour]) -> Iterator[File]:
    """Give each file, and what is wrong with it."""
    spec, block = obj.spec, obj.spec.requirements
    assert block
    inputs = _inputs(spec, context, files)
    if isinstance(inputs, Need):
        # what was delivered stays meanwhile
        yield from (File(version, inputs) for version in sorted(_delivered(obj)) or [""])
        return
    wrong = tuple(conflicts(_head(block, ""), inputs))
    told = [*wrong, *_warnings(spec, context, inputs, files, listing)]
    told += dag_source_requirements_lint.wheels(spec, context, files)
    for version, asked in _rendered(obj, inputs, context, listing):
        if isinstance(asked, Need) and asked.reason == "ConstraintsUnreachable":
            told.append(unreachable(f"{WHERE}.providers", asked.message))
        stop, resolved = dag_source_inputs.held(wrong), ""
        if isinstance(asked, Asked):
            found = dag_source_requirements_lint.findings(spec, context, files, asked.lines, version, listing)
            told += (judged := by_policy(found, spec))
            stop = stop or dag_source_inputs.held([each for each in judged if each.severity is Severity.ERROR])
            if not stop:
                verdict = dag_source_resolution.verdict(obj, context, files, asked, listing)
                told += verdict.findings
                stop, resolved = verdict.need, verdict.resolved_for
        content = stop or (asked if isinstance(asked, Need) else asked.content)
        yield File(
            version, content, tuple(dict.fromkeys(told)), resolved, asked.edited if isinstance(asked, Asked) else None
        )
        told = []


def questions(obj: Object[DagSourceSpec], context: Context, files: Files, listing: Sequence[Neighbour]) -> Iterator[Origin]:
    """Say what is asked of a resolver before the files are uploaded."""
    block = obj.spec.requirements
    inputs = _inputs(obj.spec, context, files) if block else ()
    if not block or isinstance(inputs, Need) or any(conflicts(_head(block, ""), inputs)):
        return
    if block.providers:
        for _, url in _constraints(obj, inputs, context, listing):
            if isinstance(url, str) and url:
                yield dag_source_providers.origin(url)
    for _, asked in _rendered(obj, inputs, context, listing):
        if isinstance(asked, Asked):
            yield from dag_source_resolution.origins(obj, context, files, asked, listing)


def with_constraints(
    obj: Object[DagSourceSpec], context: Context, files: Files, all_files: Files, listing: Sequence[Neighbour]
) -> Files:
    """Add the constraints that are made here to the DAG files. Those that cannot be made now stay as they were delivered.

    Args:
        obj: the source.
        context: has what was fetched.
        files: the DAG files.
        all_files: all of the source's own files.
        listing: the environments that list it.
    """
    block = obj.spec.requirements
    inputs = _inputs(obj.spec, context, all_files) if block and block.providers else ()
    if not block or not block.providers or isinstance(inputs, Need):
        return files
    rendered = [asked for _, asked in _rendered(obj, inputs, context, listing)]
    made = {each.edited.name: each.edited.text.encode() for each in rendered if isinstance(each, Asked) and each.edited}
    lacking = next((each.message for each in rendered if isinstance(each, Need)), "")
    before = {str(entry.get("constraints") or "") for entry in obj.facts.get("artefacts") or ()} if lacking else set()
    both = gather([Source("the source", files.content), Source(f"{WHERE}.providers", made)])
    refused = files.refused | both.refused | (before - made.keys() - {""})
    findings = (*files.findings, *both.findings)
    return replace(files, content=both.content, findings=findings, refused=refused, pending=lacking)


def _rendered(
    obj: Object[DagSourceSpec], inputs: Sequence[Input], context: Context, listing: Sequence[Neighbour]
) -> Iterator[tuple[str, Asked | Need]]:
    block = obj.spec.requirements
    assert block
    for version, constraint in _constraints(obj, inputs, context, listing):
        if isinstance(constraint, Need):
            yield version, constraint
            continue
        edited = None
        if block.providers and constraint:
            edited = dag_source_providers.constraints(obj, context, version, constraint, listing)
        if isinstance(edited, Need):
            yield version, edited
        else:
            lines = tuple(joined(_head(block, edited.path if edited else constraint), inputs, WHERE))
            yield version, Asked(lines, written(lines), version, edited)


def _inputs(spec: DagSourceSpec, context: Context, files: Files) -> Sequence[Input] | Need:
    block = spec.requirements
    assert block
    found = [Input(f"{WHERE}.providers", pins(block.providers))] if block.providers else []
    if block.packages:
        found.append(Input(f"{WHERE}.packages", "\n".join(block.packages)))
    if block.text is not None:
        found.append(Input(f"{WHERE}.text", block.text))
    keys = {f"{WHERE}.configMapKeyRefs[{index}]": key for index, key in enumerate(block.config_map_key_refs)}
    texts = [(where, dag_source_inputs.of_document(where, key, context)) for where, key in keys.items()]
    if block.path:
        gap = dag_source_inputs.gap(spec, context, files)
        texts.append((f"{WHERE}.path", gap or dag_source_inputs.of_source(f"{WHERE}.path", block.path, files)))
    for where, text in texts:
        if isinstance(text, Need):
            return text
        found.append(Input(where, text.decode("utf-8", errors="replace")))
    return [*found, *of_samples(spec.samples)]


def _delivered(obj: Object[DagSourceSpec]) -> set[str]:
    """Name the versions for which there is a file."""
    entries: Sequence[Mapping[str, Any]] = obj.facts.get("artefacts") or ()
    return {entry.get("airflowVersion", "") for entry in entries if entry["file"] == "requirements"}


def _head(block: Requirements, constraint: str) -> Head:
    return Head(constraint, block.index_url or "", block.extra_index_urls, block.find_links, block.no_index)


def _constraints(
    obj: Object[DagSourceSpec], inputs: Sequence[Input], context: Context, listing: Sequence[Neighbour]
) -> Iterator[tuple[str, str | Need]]:
    """Give the constraints for each version: of each environment the one that is asked for, and the one that runs."""
    block = obj.spec.requirements
    assert block
    if block.constraint != AUTO:
        yield "", "" if block.constraint == NONE else block.constraint
    elif block.no_index or names_own_versions(inputs):
        yield "", ""
    elif block.airflow_version:
        yield "", _published(block.airflow_version, context)
    else:
        # of an environment that cannot be read nobody knows the version: those that there are stay
        unread = any(each.kind == "Environment" and each.spec is None for each in context.referrers)
        versions, without = (_delivered(obj) - {""} if unread else set[str]()), list[str]()
        for each in listing:
            known = {each.spec.airflow_version, each.facts.get("airflowVersion")} - {None, ""}
            versions |= known
            without += [] if known else [each.name]
        for version in sorted(versions):
            yield version, _published(version, context)
        if without or not listing:
            yield "", _unknown(without)


def _published(version: str, context: Context) -> str | Need:
    known = context.catalogue.versions.get(version)
    if known and known.python:
        return constraint_url(version, known.python)
    text = (
        f"{WHERE}.constraint: the catalogue does not know the Python of Airflow {version}, so that its constraints cannot "
        "be named. Give their URL as constraint, or say None."
    )
    return Need("PythonVersionUnknown", text, EndsBy.USER)


def _unknown(without: Sequence[str]) -> Need:
    who = f"Environment {', '.join(without)} names none" if without else "no Environment lists this source"
    text = (
        f"{WHERE}.constraint: the version of Airflow is not known, since {who}. Say airflowVersion there, or in "
        f"{WHERE}; or give the constraints' URL, or None."
    )
    return Need("AirflowVersionUnknown", text, EndsBy.USER)


def _warnings(
    spec: DagSourceSpec, context: Context, inputs: Sequence[Input], files: Files, listing: Sequence[Neighbour]
) -> Iterator[Finding]:
    block = spec.requirements
    assert block
    yield from plain_sight.urls({each.where: each.text for each in inputs})
    if not unfetched(spec, context):
        yield from _constraint_file(spec, block.constraint, files, listing)
    urls = [block.index_url or "", *block.extra_index_urls, *block.find_links, *(each.text for each in inputs)]
    wanted = {name for url in urls for name in VARIABLE.findall(url)}
    for each in listing:
        for name in sorted(wanted - set(option_variables(each.spec).values())):
            section, _, option = name.removeprefix("AIRFLOW__").lower().partition("__")
            yield Finding(
                "OptionNotDeclared",
                WHERE,
                f"it takes ${{{name}}} from the option {section}.{option}, which Environment {each.name} does not declare. "
                "Add it to the environment's airflowConfigurationOptionsFrom, with its value in a Secret.",
                Severity.WARNING,
            )


def _constraint_file(spec: DagSourceSpec, constraint: str, files: Files, listing: Sequence[Neighbour]) -> Iterator[Finding]:
    """Look for constraints that lie among the DAG files."""
    if not constraint.startswith(ON_MWAA):
        return
    ours = {f"{spec.path}/{path}" for path in dag_source_inputs.apart(spec, files).content}
    for folder in sorted({str(each.spec.dag_s3_path) for each in listing} or {spec.path}):
        if (key := f"{folder}/{constraint.removeprefix(ON_MWAA)}") not in ours:
            yield Finding(
                "ConstraintFileMissing",
                f"{WHERE}.constraint",
                f"{constraint} is the object {key}, and this source delivers none there. Add the file, or correct the path; "
                "pip installs nothing without it.",
                Severity.WARNING,
            )
