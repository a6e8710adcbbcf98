"""plugins.zip from files: the same files give the same bytes, in every process and release (guide 02, section 11.3)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

TIME = (1980, 1, 1, 0, 0, 0)
"""The first that the format knows."""
MODE = 0o755
"""Of each entry, as in the guide: scripts must be executable, and nobody else writes there."""
UNIX, DIRECTORY = 3, 0x10


def archive(content: Mapping[str, bytes]) -> bytes:
    """Make the archive: the files at its root, folders before what is in them.

    Nothing is compressed: two builds of zlib give different bytes, and other bytes build an environment anew.

    Args:
        content: files by their path below `plugins`.
    """
    folders = {f"{folder}/" for path in content for folder in PurePosixPath(path).parents if folder.name}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as made:
        for path in sorted(folders | content.keys()):
            entry = zipfile.ZipInfo(path, TIME)
            entry.create_system = UNIX
            is_folder = path in folders
            entry.external_attr = ((0o040000 if is_folder else 0o100000) | MODE) << 16 | (DIRECTORY if is_folder else 0)
            made.writestr(entry, b"" if is_folder else content[path])
    return written.getvalue()
