"""`kubectl_complete-mwaa`: what kubectl asks for completions of `kubectl mwaa ...` (the protocol of cobra)."""

from __future__ import annotations

import logging
import sys

from click.shell_completion import ShellComplete

from .main import cli

NO_FILES, FILES = 4, 0


def main() -> None:
    """Print a candidate a line, and a directive that says whether files fit too."""
    logging.disable(logging.CRITICAL)
    *words, last = sys.argv[1:] or [""]
    found = ShellComplete(cli, {}, "kubectl-mwaa", "").get_completions(words, last)
    for item in found:
        if item.type == "plain":
            print(f"{item.value}\t{item.help}" if item.help else item.value)
    wants_file = any(item.type != "plain" for item in found) or (words and words[-1] in ("-f", "--filename", "--kubeconfig"))
    print(f":{FILES if wants_file else NO_FILES}")
