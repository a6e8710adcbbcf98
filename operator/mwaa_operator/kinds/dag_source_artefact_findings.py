"""What is wrong with the files that a DAG source makes beside DAG files, and what that stops. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..api.dag_source import DagSourceSpec
from ..core.catalogue import Catalogue
from ..core.finding import Finding, Severity, harmless
from ..core.kind import Neighbour
from ..core.need import EndsBy, Need
from ..resources.s3_artefact import NAMES
from ..sources.lint_artefacts import of_plugins, of_script
from ..sources.lint_plugins import not_read
from ..sources.plugins_tree import of_archive
from .dag_source_findings import OF_REVISION, STOPS, named

OF_FILE = "It is not delivered, and what was delivered before, if anything, stays."


def findings(
    file: str, content: bytes, spec: DagSourceSpec, listing: Sequence[Neighbour], catalogue: Catalogue
) -> tuple[Finding, ...]:
    """Judge one file as `spec.lint` says: what stops something is an error, everything else a warning.

    Args:
        file: what it is.
        content: of it.
        spec: of the source.
        listing: the environments that list it.
        catalogue: what is known of their versions.
    """
    return by_policy(_said(file, content, spec, listing, catalogue), spec)


def by_policy(found: Iterable[Finding], spec: DagSourceSpec) -> tuple[Finding, ...]:
    """Make an error of what stops something by `spec.lint`, and a warning of everything else."""
    stops = STOPS[spec.lint.refuse_file] | STOPS[spec.lint.refuse_revision]
    return tuple(_stopping(each, spec) if each.severity in stops else harmless(each) for each in found)


def refusal(found: Iterable[Finding]) -> Iterator[Need]:
    """Hold all of a revision where one of these files has a fault that refuses it."""
    if whole := [each for each in found if each.message.endswith(OF_REVISION)]:
        text = f"this revision is not delivered: {named(whole)}. Mend it, or change spec.lint"
        yield Need("RevisionRefused", text, EndsBy.USER)


def _said(
    file: str, content: bytes, spec: DagSourceSpec, listing: Sequence[Neighbour], catalogue: Catalogue
) -> tuple[Finding, ...]:
    specs = [each.spec for each in listing if each.spec]
    versions = sorted(
        {str(each.facts.get("airflowVersion") or (each.spec and each.spec.airflow_version)) for each in listing}
    )
    if file == "plugins":
        plugins = of_archive(io.BytesIO(content), len(content))
        if plugins is None:
            return (not_read(NAMES[file]),)
        return of_plugins(plugins, NAMES[file], versions, catalogue.pythons(versions))
    if file == "startup_script":
        private = any(each.webserver_access_mode in (None, "PRIVATE_ONLY") for each in specs)
        found = of_script(content, "spec.startupScript", versions, private=private)
        block = spec.startup_script
        made_here = block is not None and bool(block.env or block.commands or block.code_artifact)
        # nobody has seen the lines of what is made of parts
        return tuple(replace(each, line=None) for each in found) if made_here else found
    return ()


def _stopping(finding: Finding, spec: DagSourceSpec) -> Finding:
    of_revision = finding.severity in STOPS[spec.lint.refuse_revision]
    text = OF_REVISION if of_revision else OF_FILE
    return replace(finding, severity=Severity.ERROR, message=f"{finding.message} {text}")
