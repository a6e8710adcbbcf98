"""Where pip takes packages from: indexes, wheels and their tags (guide part 4, section 3.3; part 1, web server access)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.catalogue import version_tuple
from ..core.finding import Finding, Severity
from .lint_requirements import WEBSERVER_SINCE, Installer, Requirements, listed

_OUTSIDE = re.compile(r"(?<![a-z+])[a-z+]+://(?!/)|git\+|ssh:")
_INDEX = ("--index-url", "--extra-index-url")
_TAGS = re.compile(r".+-([^-]+)-([^-]+)-([^-]+)\.whl")
_PYTHON = re.compile(r"(py|cp|pp)(\d)(\d*)")
_MANYLINUX = re.compile(r"manylinux(?:_2_(\d+)|1|2010|2014)_(.+)")
_OLD_NAMES = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}
AMAZON_LINUX_2023_SINCE = "2.9.2"
"""The first whose images are built on it (AWS's public image repository); those before are on Amazon Linux 2 (guide)."""
AMAZON_LINUX_2, AMAZON_LINUX_2023 = ("Amazon Linux 2", 26), ("Amazon Linux 2023", 34)
"""The systems, and the minor versions of their glibc 2."""


def needs_internet(file: Requirements) -> Iterator[Finding]:
    """Find what a private web server cannot install: it has no way to PyPI or any other place outside of the VPC."""
    if not file.installer.is_private or file.installer.is_before(WEBSERVER_SINCE):
        return
    links = [(line, value) for line, value in file.option("--find-links")]
    outside = [line for line, value in links if _OUTSIDE.match(value)]
    remote = [line for line in file.installed if _OUTSIDE.search(line.text)]
    indexes = [line for line, _ in file.option(*_INDEX)]
    at_hand = file.has("--no-index") or len(links) > len(outside)
    plain = [] if at_hand else [line for line in file.installed if not line.wheel and line not in remote]
    lines = [*plain, *remote, *([] if file.has("--no-index") else indexes), *outside]
    if not (plain or remote or outside or (indexes and not at_hand)):
        return
    what = listed([*plain, *remote]) or "what the file lists"
    source = "the index that the file names, unless that is within the VPC" if indexes else "PyPI or another place outside"
    yield Finding(
        "PrivateWebserverNoInternet",
        lines[0].where,
        f"{what}: this would come from {source}, and a private web server has no way there. Put wheels into "
        "plugins.zip, and begin "
        "the file with --find-links /usr/local/airflow/plugins and --no-index.",
        Severity.WARNING,
        line=lines[0].number,
    )


def constraint_on_web_server(file: Requirements) -> Iterator[Finding]:
    """Find constraints that lie in the DAG folder, which the guide does not say that a web server has."""
    for line, value in file.option("--constraint"):
        if value.startswith("/usr/local/airflow/dags/") and not file.installer.is_before(WEBSERVER_SINCE):
            yield Finding(
                "ConstraintInDagFolder",
                line.where,
                f"{value}: MWAA copies the DAG folder to schedulers and workers, and its guide does not say whether a web "
                "server, which installs the file too, has it. See in its log that the installation went well.",
                Severity.WARNING,
                line=line.number,
            )


def wheel_tags(file: Requirements) -> Iterator[Finding]:
    """Find wheels that are built for another Python or another system."""
    named = [(line.where, line.number, line.wheel) for line in file.installed if line.wheel]
    for where, number, wheel in (*named, *((place, None, name) for place, name in file.wheels)):
        if fault := wheel_fault(wheel, file.installer):
            text = f"{wheel} {fault}, so that pip passes it over. Build it for that, or take a pure one (`py3-none-any`)."
            yield Finding("WheelTagUnfit", where, text, Severity.WARNING, line=number)


def wheel_fault(wheel: str, installer: Installer) -> str:
    """Say why a wheel cannot be installed; empty where it can, or nobody knows."""
    found = _TAGS.fullmatch(wheel)
    if found is None:
        return "" if not wheel.endswith(".whl") else "has not the name of a wheel (name-version-python-abi-platform.whl)"
    pythons, abis, platforms = (found[number].split(".") for number in (1, 2, 3))
    if installer.python and not any(_fits(python, abis, installer.python) for python in pythons):
        return f"is built for {found[1]}, and Airflow {installer.version} runs on Python {installer.python}"
    system, glibc = AMAZON_LINUX_2 if installer.is_before(AMAZON_LINUX_2023_SINCE) else AMAZON_LINUX_2023
    if not any(_runs(platform, glibc) for platform in platforms):
        return f"is built for {found[3]}, and MWAA runs on {system} (x86_64, glibc 2.{glibc})"
    return ""


def _fits(tag: str, abis: list[str], python: str) -> bool:
    found = _PYTHON.fullmatch(tag)
    if found is None:
        return True
    kind, (major, minor) = found[1], version_tuple(python)[:2]
    if int(found[2]) != major or kind == "pp":
        return False
    asked = int(found[3]) if found[3] else 0
    # the stable interface of one Python is that of all later ones
    return asked <= minor if kind == "py" or "abi3" in abis else not found[3] or asked == minor


def _runs(platform: str, glibc: int) -> bool:
    if platform in ("any", "linux_x86_64"):
        return True
    found = _MANYLINUX.fullmatch(platform)
    if found is None or found[2] != "x86_64":
        return False
    needs = int(found[1]) if found[1] else _OLD_NAMES[platform.removesuffix("_x86_64")]
    return needs <= glibc
