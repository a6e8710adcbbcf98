"""Takes the definitions of other people's kinds out of their Go modules, into a cache directory of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from devcluster import cache
from devcluster.catalogue import Definitions
from devcluster.progress import say

# No toolchain is fetched: the module is read, and need not be one that this Go can build.
_ENVIRONMENT = {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}


class DefinitionsMissing(RuntimeError):  # noqa: N818 - it reads as what happened
    """The module cannot be had, or is not the one that was pinned; the message has what Go says."""


def held(definitions: Definitions) -> Path | None:
    """Return the directory with the files, if it is in the cache."""
    target = cache.definitions() / definitions.directory
    return target if target.is_dir() else None


def fetch(definitions: Definitions, go: Path) -> Path:
    """Return the directory with the files in the cache, taking them out of the module first if they are not there."""
    if found := held(definitions):
        return found
    target = cache.definitions() / definitions.directory
    with cache.locked(target, definitions.name):
        return held(definitions) or _fetch(definitions, go, target)


def _fetch(definitions: Definitions, go: Path, target: Path) -> Path:
    for leftover in target.parent.glob(f".{target.name}.*.tmp"):
        shutil.rmtree(leftover)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    temporary.mkdir()
    say(f"Fetching {definitions.name} {definitions.version}")
    with zipfile.ZipFile(_module(definitions, go)) as module:
        for file in definitions.files:
            (temporary / Path(file).name).write_bytes(module.read(f"{definitions.module}/{file}"))
    temporary.rename(target)
    return target


def _module(definitions: Definitions, go: Path) -> str:
    """Return the module as Go downloads it. Go compares its checksum with the public record, and this does with ours."""
    with tempfile.TemporaryDirectory() as outside:
        argv = [str(go), "mod", "download", "-json", definitions.module]
        environment = {**os.environ, **_ENVIRONMENT}
        done = subprocess.run(argv, cwd=outside, env=environment, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout or "{}")
    if not told.get("Zip"):
        raise DefinitionsMissing(f"{definitions.module} cannot be had: {told.get('Error') or done.stderr.strip()}")
    if told["Sum"] != definitions.sum:
        raise DefinitionsMissing(f"{definitions.module} has the checksum {told['Sum']}, and not {definitions.sum}")
    return str(told["Zip"])
