"""Writes what is made from the models: `python -m mwaa_operator.api.generate [--root DIRECTORY] [--check]`."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import yaml

from . import KINDS
from .crd import crd
from .definition import Definition
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


def stale(root: Path) -> list[Path]:
    """Name the files that are not as the models say: missing, different, or left over."""
    made = files(root)
    different = [path for path, text in made.items() if not (root / path).is_file() or (root / path).read_text() != text]
    present = [path.relative_to(root) for folder in (*CRD_DIRECTORIES, REFERENCE) for path in (root / folder).glob("*.*")]
    return sorted({*different, *(path for path in present if path not in made)})


def write(root: Path) -> None:
    """Write all files, and remove those that are left over."""
    for path in stale(root):
        (root / path).unlink(missing_ok=True)
    for path, text in files(root).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def _example(definition: Definition, sample: str) -> str:
    for document in re.split(r"^---$", sample, flags=re.MULTILINE):
        if re.search(rf"^kind: {definition.kind}$", document, flags=re.MULTILINE):
            return document
    raise LookupError(f"{SAMPLE.parent} has no {definition.kind}")


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or tell which are stale; give the exit status."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write CRDs and reference pages from the models.")
    parser.add_argument("--root", type=Path, default=Path(), help="the root of the repository (default: here)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that are stale")
    options = parser.parse_args(arguments)
    if not options.check:
        write(options.root)
        return 0
    found = stale(options.root)
    for path in found:
        print(f"{path} is stale: run `{COMMAND}`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
