"""Files that are made from what the code says, and kept in the repository for those who read them there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Generated:
    """What one command makes: `COMMAND [--root DIRECTORY] [--check]`."""

    command: str
    what: str
    """What is made of what, for its help."""
    files: Callable[[Path], Mapping[Path, str]]
    """Gives every file by its path below the root of the repository, which it is given."""
    folders: Sequence[Path] = ()
    """Where no other files may lie."""

    def stale(self, root: Path) -> list[Path]:
        """Name the files that are missing, different, or left over."""
        made = self.files(root)
        different = {path for path, text in made.items() if not (root / path).is_file() or (root / path).read_text() != text}
        present = {path.relative_to(root) for folder in self.folders for path in (root / folder).glob("*.*")}
        return sorted(different | (present - made.keys()))

    def write(self, root: Path) -> None:
        """Write all that is stale, and remove what is left over."""
        made = self.files(root)
        for path in self.stale(root):
            if text := made.get(path):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
            else:
                (root / path).unlink()

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Write the files, or tell which are stale; give the exit status."""
        parser = argparse.ArgumentParser(prog=self.command, description=self.what)
        parser.add_argument("--root", type=Path, default=Path(), help="the root of the repository (default: here)")
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name the files that are stale")
        options = parser.parse_args(arguments)
        if not options.check:
            self.write(options.root)
            return 0
        found = self.stale(options.root)
        for path in found:
            print(f"{path} is stale: run `{self.command}`", file=sys.stderr)
        return 1 if found else 0
