"""What goes wrong with plugins.zip (guide part 2, section 11). `where` is a path in the archive, or empty."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from ..core.finding import Finding, Severity
from ..core.wording import some
from .lint_folder import INIT
from .module import SyntaxFault, parsed
from .plugins_tree import ENTRIES, Entry, Plugins

LARGE = 10**9
"""AWS recommends less, and names no limit."""
TYPICAL = frozenset({"hooks", "operators", "sensors"})
OF_THE_PAGES = frozenset({"appbuilder_views", "appbuilder_menu_items", "flask_blueprints"})
"""Members of a plugin that only a web server shows."""
NO_PART = "__MACOSX"
"""What an archive made on a Mac has beside its content."""
RUN = (".sh", ".so")
SHOWN = 5


def wrapped(plugins: Plugins) -> Iterator[Finding]:
    """Find one folder around everything: the folder was packed, and not what is in it."""
    tops = {path.partition("/")[0] for path in plugins.files if not path.startswith(NO_PART)}
    if len(tops) != 1 or any("/" not in path for path in plugins.files):
        return
    (top,) = tops
    inner = {path.partition("/")[2] for path in plugins.files}
    files = {path for path in inner if "/" not in path}
    folders = {path.partition("/")[0] for path in inner if "/" in path}
    holds_plugins = bool(folders & TYPICAL) or any(path.endswith(".whl") for path in files)
    if top == "plugins" or (holds_plugins and INIT not in files):
        yield Finding(
            "PluginsWrapped",
            top,
            f"everything lies in the one folder {top}/: on MWAA that becomes /usr/local/airflow/plugins/{top}, where "
            "nobody looks. Pack what is in the folder, and not the folder: `cd` into it, then `zip -r ../plugins.zip .`",
            Severity.WARNING,
        )


def without_init(plugins: Plugins) -> Iterator[Finding]:
    """Find folders with Python in them that are no packages."""
    folders = {str(PurePosixPath(path).parent) for path in plugins.python}
    inits = {str(PurePosixPath(path).parent) for path in plugins.python if PurePosixPath(path).name == INIT}
    around = {each.where for each in wrapped(plugins)}
    for folder in sorted(folders - inits - around - {"."}):
        if all(step.isidentifier() for step in folder.split("/")) and not folder.startswith(NO_PART):
            yield Finding(
                "PackageWithoutInit",
                folder,
                f"the folder has modules and no {INIT}: imports such as `from {folder.replace('/', '.')} import ...` may "
                f"find another folder of that name. Add an empty {INIT}.",
                Severity.WARNING,
            )


def size(plugins: Plugins) -> Iterator[Finding]:
    """Find archives above what AWS recommends."""
    yield from too_large(plugins.size, "")


def too_large(size: int, where: str) -> Iterator[Finding]:
    """Warn of an archive of more bytes than AWS recommends."""
    if size > LARGE:
        yield Finding(
            "PluginsTooLarge",
            where,
            f"plugins.zip has {size / LARGE:.1f} GB, and AWS recommends less than 1 GB. Each start takes longer, and what "
            "is not installed in 10 minutes makes AWS give up and go back. Leave out what no environment needs.",
            Severity.WARNING,
        )


def not_read(where: str) -> Finding:
    """Say that nobody has looked into an archive, which goes to the environment all the same."""
    return Finding(
        "PluginsNotRead",
        where,
        f"plugins.zip is damaged, or has more than {ENTRIES:,} entries: what is in it was not looked at, and an environment "
        "may not start with it. Each start unpacks all of it. Bring libraries as wheels, and leave out what nobody imports.",
        Severity.WARNING,
    )


def modes(plugins: Plugins) -> Iterator[Finding]:
    """Find entries that Airflow's user may not read, enter or run: it is not the one who packed them."""
    bad = [each for each in plugins.entries if each.mode is not None and not _usable(each, each.mode)]
    if bad:
        yield Finding(
            "PluginModesTooNarrow",
            bad[0].path,
            f"{_named(bad)}: others than its owner may not use it. Do `chmod -R 755 .` in the folder and pack it anew, or "
            "let the operator pack it.",
            Severity.WARNING,
        )


def pages(plugins: Plugins) -> Iterator[Finding]:
    """Find plugins of Airflow's pages: old web servers install none, whatever the local runner shows."""
    for path, content in sorted(plugins.python.items()):
        module = parsed(content)
        if isinstance(module, SyntaxFault):
            continue
        for node in module.all(ast.ClassDef):
            assert isinstance(node, ast.ClassDef)
            for member in _members(node):
                yield Finding(
                    "UiPluginOfOldVersion",
                    path,
                    f"{node.name} has {member}: before Airflow 2.2.2 the web server of MWAA installs no plugins, and shows "
                    "nothing of it, although the local runner does. Take 2.2.2 or newer.",
                    Severity.WARNING,
                    line=node.lineno,
                )


def _members(node: ast.ClassDef) -> Iterator[str]:
    for each in node.body:
        targets = each.targets if isinstance(each, ast.Assign) else [each.target] if isinstance(each, ast.AnnAssign) else []
        value = each.value if isinstance(each, ast.Assign | ast.AnnAssign) else None
        is_empty = value is None or (isinstance(value, ast.List | ast.Tuple) and not value.elts)
        yield from (t.id for t in targets if isinstance(t, ast.Name) and t.id in OF_THE_PAGES and not is_empty)


def _usable(entry: Entry, mode: int) -> bool:
    needed = 0o005 if entry.is_folder or entry.path.endswith(RUN) or "/bin/" in f"/{entry.path}" else 0o004
    return mode & needed == needed


def _named(entries: Sequence[Entry]) -> str:
    return some([f"{each.path} ({each.mode:04o})" for each in entries], SHOWN)
