"""The catalogue of preflight codes: the pages in docs/preflight and `explain` come from this one table.

Written by `python -m mwaa_operator.checks.catalogue [--root DIRECTORY] [--check]`.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ..api.generated import Generated
from .entries_advice import ADVICE
from .entries_artefacts import ARTEFACTS
from .entries_dags import DAG_FILES
from .entries_endpoints import ENDPOINTS
from .entries_files import FILES
from .entries_identity import IDENTITY
from .entries_logs import LOGS
from .entries_network import NETWORK
from .entries_offered import OFFERED
from .entries_ownership import OWNERSHIP
from .entries_replacement import REPLACEMENT
from .entries_requirements import REQUIREMENTS
from .entries_requirements_file import REQUIREMENTS_FILE
from .entries_versions import CHANGES
from .entry import Entry

SUBJECTS: Mapping[str, Mapping[str, Entry]] = {
    "Network": {**NETWORK, **ENDPOINTS},
    "Role, permissions, key and quotas": IDENTITY,
    "Whose things are, and secrets in plain sight": OWNERSHIP,
    "Bucket, files and access": FILES,
    "Version, sizes and options": {**OFFERED, **CHANGES},
    "DAG files": DAG_FILES,
    "requirements.txt": REQUIREMENTS_FILE,
    "Requirements of a DagSource": REQUIREMENTS,
    "Startup script and plugins": ARTEFACTS,
    "Replacement": REPLACEMENT,
    "What the logs of an environment say": LOGS,
    "Advice that no check can give": ADVICE,
}
ENTRIES: Mapping[str, Entry] = {code: entry for entries in SUBJECTS.values() for code, entry in entries.items()}
PAGES = Path("docs/preflight")
COMMAND = "python -m mwaa_operator.checks.catalogue"


def explain(code: str) -> str:
    """Say what a code means, as its page does.

    Raises:
        KeyError: there is no such code.
    """
    entry = ENTRIES[code]
    return (
        f"# {code}: {entry.title}\n\n{entry.meaning}\n\n## Why\n\n{entry.why}\n\n## What to do\n\n{entry.fix}\n\n"
        f'Amazon MWAA User Guide: "{entry.source}".\n'
    )


def index() -> str:
    """Give the page that lists all codes."""
    tables = (
        f"## {subject}\n\n| Code | Meaning |\n|---|---|\n"
        + "\n".join(f"| [`{code}`]({code}.md) | {entry.title} |" for code, entry in sorted(entries.items()))
        for subject, entries in SUBJECTS.items()
    )
    return _HEAD + "\n\n".join(tables) + "\n"


_HEAD = f"""\
# What is checked before AWS is asked

<!-- Made by `{COMMAND}` from operator/mwaa_operator/checks: change it there. -->

Creating an environment takes AWS half an hour, and it fails late. So everything that the guide wants is looked at first, and
all that is wrong is named at once in the condition `Preflight`: where, what AWS has, and what to do. An error holds the call
back; a warning does not. What the operator may not see is named as [`NotChecked`](NotChecked.md), and holds up nothing. What
follows from the spec alone (version, sizes, options) is named at every look, also while the environment runs. DAG files are
looked at before they are delivered, and by [`kubectl mwaa lint`](../how-to/lint.md).

`kubectl mwaa explain CODE` prints the same pages.

"""


def files(_: Path) -> dict[Path, str]:
    """Give every page, by its path below the root of the repository."""
    pages = {PAGES / f"{code}.md": explain(code) for code in ENTRIES}
    return {**pages, PAGES / "README.md": index()}


MADE = Generated(COMMAND, "Write the pages of the preflight codes.", files, (PAGES,))

if __name__ == "__main__":
    sys.exit(MADE.main())
