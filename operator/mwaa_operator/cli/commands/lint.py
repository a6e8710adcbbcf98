"""`kubectl mwaa lint`: what is wrong with DAG files, in a folder without any cluster, or in a DagSource."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import click

from ...api.dag_source import DEFINITION, DagSourceSpec
from ...core.catalogue import BUILT_IN, version_tuple
from ...core.finding import Finding, Severity
from ...sources.files import Source, gather
from ...sources.lint import lint
from .. import artefact_folder, dag_folder, finding_view
from ..options import Options, subcommand
from ..output import show

HELP = """Check DAG files without running them: those in DIR (or a single file), or those of the DagSource NAME.

Startup scripts (`startup.sh`), plugins.zip, a folder `plugins` and requirements.txt in DIR are looked into as well.

A folder needs no cluster and no AWS, so that a pipeline can do it. Of an object its own files are checked, for the
versions of the environments that list it, and by its `spec.lint`; one with files outside (Git, OCI, Flux, S3) is refused,
since the command line does not read those. What a code means: `kubectl mwaa explain CODE`.

Exits 0 when there is no error, with --strict when there is no warning either, and else 1.
"""


@subcommand(HELP, outputs=("text", "json", "yaml", "sarif"))
@click.argument("place", metavar="DIR|NAME")
@click.option("--airflow-version", metavar="VERSION", help="Of the Airflow that will read DIR. Default: what 2 and 3 share.")
@click.option("--private", is_flag=True, help="The web server that will have what is in DIR is private.")
@click.option("--strict", is_flag=True, help="Let warnings fail too.")
async def command(options: Options, place: str, airflow_version: str | None, private: bool, strict: bool) -> int:
    """Print the findings."""
    if Path(place).exists():
        findings, looked_at = of_folder(place, airflow_version, private=private)
    else:
        findings, looked_at = await _of_object(options, place, airflow_version), f"DagSource {place.rpartition('/')[2]}"
    if options.output == "sarif":
        click.echo(json.dumps(finding_view.sarif(findings, version("mwaa-operator")), indent=2))
    else:
        show(finding_view.data(findings), options.output, lambda: finding_view.lines(findings, looked_at))
    fails = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    return int(any(each.severity in fails for each in findings))


def of_folder(place: str, airflow_version: str | None = None, *, private: bool = False) -> tuple[Sequence[Finding], str]:
    """Check what lies on the disk.

    Raises:
        ClickException: it cannot be read, there is no Python file, or the version is none.
    """
    if airflow_version and not version_tuple(airflow_version):
        raise click.ClickException(f"{airflow_version!r} is no version of Airflow: write it as 2.11.2 or 3.")
    path = Path(place)
    folder = path.parent if path.is_file() else path
    if folder.is_absolute() and folder.is_relative_to(Path.cwd()):
        folder = folder.relative_to(Path.cwd())  # code hosts know a file by its path in the repository
    content, others = dag_folder.read(path), artefact_folder.files(path)
    number, versions = sum(name.endswith(".py") for name in content), [airflow_version] if airflow_version else []
    if not number and not others:
        what = "is no Python file" if path.is_file() else f"has no Python file among its {_counted(len(content), 'file')}"
        raise click.ClickException(f"{place} {what}: nothing was checked. Name the folder with the DAG files.")
    files = gather([Source(place, content)])
    pythons = BUILT_IN.pythons(versions)
    found = list(lint(files.content, "" if folder == Path() else folder.as_posix(), versions, pythons))
    told = {(each.code, each.place) for each in found}
    for other in others:
        shown = folder / other.relative_to(path.parent if path.is_file() else path)
        said = artefact_folder.findings(other, shown, versions, private=private)
        found += [each for each in said if (each.code, each.place) not in told]
    counted = _counted(number, "Python file") if number else _counted(len(others), "file")
    looked_at = place if path.is_file() else f"{counted} in {place}"
    return (*files.findings, *sorted(found, key=lambda each: (each.where, each.line or 0))), looked_at


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


async def _of_object(options: Options, name: str, airflow_version: str | None) -> Sequence[Finding]:
    # not before they are needed: they bring boto3 and the client of Kubernetes along
    from ..planning import structure
    from ..session import session

    kind, slash, _ = name.rpartition("/")
    if slash and kind.lower() not in (DEFINITION.singular, DEFINITION.plural, DEFINITION.short_name):
        raise click.ClickException(f"there is no folder and no file {name}. A DagSource is named NAME or dagsource/NAME.")
    if airflow_version:
        raise click.UsageError("--airflow-version is for a DIR: a DagSource knows the environments that list it.")
    async with session(options) as at:
        body = await at.find(name, DEFINITION.singular)
        refuse_unread(body["metadata"]["name"], DagSourceSpec.model_validate(body.get("spec", {})))
        graph, _ = await structure(at, body)
    return graph.findings


def refuse_unread(name: str, spec: DagSourceSpec) -> None:
    """Refuse a source of which the command line cannot have the files.

    Raises:
        ClickException: it has some outside.
    """
    from ...kinds.dag_source_git import origins

    places = [f"{origin.url}, which the operator fetches" for origin in origins(spec)]
    if spec.s3:
        bucket = (spec.s3.bucket or "its bucket").removeprefix("s3://").rpartition(":")[2]
        places.append(f"{bucket}/{spec.s3.prefix or ''}, which S3 copies")
    if not places:
        return
    raise click.ClickException(
        f"DagSource {name} has files in {places[0]}, and the command line does not read them: nothing was checked. "
        f"What the operator has found is in status.findings (`kubectl get {DEFINITION.singular} {name} -o yaml`); "
        "get the files and lint their folder to check them here."
    )
