"""Writes what is made from the models: `python -m mwaa_operator.api.generate [--root DIRECTORY] [--check]`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import yaml

from . import KINDS
from .crd import crd
from .definition import Definition
from .generated import Generated
from .reference import index, page

CRD_DIRECTORIES = (Path("crds"), Path("helm/mwaa-operator/files/crds"))
"""The second is the chart's copy: a chart cannot read files that lie outside of it."""
REFERENCE = Path("docs/reference")
SAMPLE = Path("manifests/samples/quickstart.yaml")
FURTHER = (Path("manifests/samples/encrypted.yaml"),)
"""Samples of what a quick start does without."""
COMMAND = "python -m mwaa_operator.api.generate"
_HEAD = f"# Made from operator/mwaa_operator/api by `{COMMAND}`: change it there.\n"


class _Dumper(yaml.SafeDumper):
    """Writes a value that occurs twice twice: not every reader knows aliases."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def files(root: Path) -> dict[Path, str]:
    """Give every generated file, by its path below the root.

    Raises:
        FileNotFoundError: a sample that the pages show is not there.
        LookupError: the samples lack a kind.
    """
    sample = "\n---\n".join((root / path).read_text() for path in (SAMPLE, *FURTHER))
    made: dict[Path, str] = {}
    for each in KINDS:
        text = _HEAD + yaml.dump(crd(each), Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
        made |= {directory / f"{each.plural}.yaml": text for directory in CRD_DIRECTORIES}
        made[REFERENCE / f"{each.singular}.md"] = page(each, _example(each, sample))
    made[REFERENCE / "README.md"] = index(KINDS, [f"{each.singular}.md" for each in KINDS])
    return made


def _example(definition: Definition, sample: str) -> str:
    for document in re.split(r"^---$", sample, flags=re.MULTILINE):
        if re.search(rf"^kind: {definition.kind}$", document, flags=re.MULTILINE):
            return document
    raise LookupError(f"{SAMPLE.parent} has no {definition.kind}")


MADE = Generated(COMMAND, "Write CRDs and reference pages from the models.", files, (*CRD_DIRECTORIES, REFERENCE))

if __name__ == "__main__":
    sys.exit(MADE.main())
