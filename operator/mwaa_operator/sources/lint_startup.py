"""The guide's traps of a startup script (guide part 2, section 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.finding import Finding, Severity
from .startup_script import Run, StartupScript

MANAGERS = frozenset({"yum", "dnf", "microdnf"})
INSTALLING = frozenset({"install", "localinstall", "reinstall", "groupinstall"})
UPDATING = frozenset({"update", "upgrade", "update-minimal", "distro-sync"})
REACHING = INSTALLING | UPDATING
CHANGING = REACHING | {"downgrade", "remove", "erase", "autoremove", "swap"}
PRIVILEGED = frozenset(
    {
        *("rpm", "amazon-linux-extras", "ldconfig", "update-ca-trust", "update-alternatives", "alternatives"),
        *("systemctl", "service", "useradd", "groupadd", "usermod", "visudo", "mount", "umount"),
    }
)
"""Programs that only root may run, beside the package managers."""
PIP = re.compile(r"pip[\d.]*")
PYTHON = re.compile(r"python[\d.]*")
"""Names of packages and programs that are Python itself, and not one of its parts such as python3-devel."""
OTHER_PYTHONS = frozenset({"pyenv", "conda", "mamba", "micromamba", "asdf"})
VALUE_OF = frozenset({"-x", "--exclude", "-c", "--config", "--enablerepo", "--disablerepo", "--installroot", "--setopt"})
"""Options of yum whose value may stand in the next word."""


def updates_python(script: StartupScript) -> Iterator[Finding]:
    """Find updates of everything that do not leave Python out."""
    for run in script.runs:
        if run.name in MANAGERS and UPDATING & set(run.plain) and not _packages(run) and not _excludes_python(run):
            yield Finding(
                "PythonMayBeUpdated",
                "",
                f"`{run}` may replace the Python that Airflow runs with, which AWS does not support. Add "
                "--exclude=python* to it.",
                Severity.WARNING,
                line=run.line,
            )


def replaces_python(script: StartupScript) -> Iterator[Finding]:
    """Find what installs or removes a Python, or puts another one in its place."""
    for run in script.runs:
        if _replaces_python(run):
            yield Finding(
                "PythonReplaced",
                "",
                f"`{run}` changes Python. AWS does not support another Python than the one of the Airflow version: take "
                "it out, and choose the version of Airflow that has the Python you need.",
                Severity.WARNING,
                line=run.line,
            )


def lacks_sudo(script: StartupScript) -> Iterator[Finding]:
    """Find what needs root, and does not ask for it: the script runs as another user."""
    for run in script.runs:
        manages = run.name in MANAGERS and bool(CHANGING & set(run.plain))
        # a query needs no right
        changes = (
            run.name in PRIVILEGED and bool(run.words) and not re.match(r"-q|--query|-V|--version|--help", run.words[0])
        )
        if (manages or changes) and not run.with_sudo:
            yield Finding(
                "SudoMissing",
                "",
                f"`{run}` needs root, and the script runs as another user: it fails. Put sudo before it.",
                Severity.WARNING,
                line=run.line,
            )


def needs_internet(script: StartupScript) -> Iterator[Finding]:
    """Find installations that a private web server makes too."""
    for run in script.runs:
        if script.private and run.on_webserver and (_fetches_packages(run) or _fetches_modules(run)):
            yield Finding(
                "InstallOnPrivateWebserver",
                "",
                f"`{run}` runs on the web server too, which is private and reaches no index: it waits until it times out. "
                'Put it between `if [[ "${MWAA_AIRFLOW_COMPONENT}" != "webserver" ]]; then` and `fi`, or install from files '
                "in plugins.zip.",
                Severity.WARNING,
                line=run.line,
            )


def _packages(run: Run) -> list[str]:
    """Name what a package manager is to work on."""
    words, named, verb = iter(run.words), list[str](), False
    for word in words:
        if word in VALUE_OF:
            next(words, None)
        elif word.startswith((">", "<", "&", "1>", "2>")):
            break
        elif not word.startswith("-") and not verb:
            verb = True
        elif not word.startswith("-"):
            named.append(word)
    return named


def _excludes_python(run: Run) -> bool:
    excluded = [word.partition("=")[2] for word in run.words if word.startswith(("--exclude=", "-x="))]
    excluded += [value for option, value in zip(run.words, run.words[1:], strict=False) if option in ("-x", "--exclude")]
    excluded += [word[2:] for word in run.words if re.match(r"-x[^=]", word)]
    return any(each.startswith(("python", "*")) for value in excluded for each in value.split(","))


def _replaces_python(run: Run) -> bool:
    if run.name in OTHER_PYTHONS:
        return True
    if run.name in MANAGERS and CHANGING & set(run.plain):
        return any(PYTHON.fullmatch(package) for package in _packages(run))
    if run.name == "amazon-linux-extras":
        return any(PYTHON.fullmatch(word) for word in run.words)
    if run.name in ("update-alternatives", "alternatives"):
        return any(_is_python(word) for word in run.words)
    return run.name == "ln" and _is_python(run.words[-1] if run.words else "")


def _is_python(path: str) -> bool:
    return bool(PYTHON.fullmatch(path.rpartition("/")[2]))


def _fetches_packages(run: Run) -> bool:
    """Tell whether a package manager asks its repositories: not where it is given files."""
    if run.name == "amazon-linux-extras":
        return "install" in run.words
    packages = _packages(run)
    is_local = bool(packages) and all(package.endswith(".rpm") and "://" not in package for package in packages)
    return run.name in MANAGERS and bool(REACHING & set(run.plain)) and not is_local


def _fetches_modules(run: Run) -> bool:
    words = run.words
    if PYTHON.fullmatch(run.name) and words[:1] == ("-m",):
        name, words = words[1] if len(words) > 1 else "", words[2:]
    else:
        name = run.name
    if not PIP.fullmatch(name) or not set(words) & {"install", "download", "wheel"} or "--no-index" in words:
        return False
    named = [word for word in words[1:] if not word.startswith("-")]
    return not named or not all(word.startswith(("/", "./")) and not word.endswith(".txt") for word in named)
