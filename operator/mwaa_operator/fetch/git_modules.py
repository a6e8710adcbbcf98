"""Submodules: where they are, and who may be shown credentials there."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from dulwich.config import ConfigFile
from dulwich.objects import Blob, Tree

ADDRESS = re.compile(r"(https://[A-Za-z0-9.-]+(:[0-9]+)?|ssh://([A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+(:[0-9]+)?)/[!-~]+")
PORTS = {"https": 443, "ssh": 22}


def modules(objects: Any, root: bytes) -> dict[str, str]:
    """Read `.gitmodules` of a commit: the address of each submodule by its path; nothing where it cannot be read."""
    tree = objects[root]
    if not isinstance(tree, Tree) or b".gitmodules" not in tree:
        return {}
    blob = objects[tree[b".gitmodules"][1]]
    if not isinstance(blob, Blob):
        return {}
    try:
        config = ConfigFile.from_file(io.BytesIO(blob.as_raw_string()))
    except ValueError:
        return {}
    found = {}
    for section in config.sections():
        if section[0] == b"submodule" and config.has_section(section):
            values = dict(config.items(section))
            if b"path" in values and b"url" in values:
                found[values[b"path"].decode(errors="replace")] = values[b"url"].decode(errors="replace")
    return found


def address(parent: str, url: str) -> str | None:
    """Give the whole address of a submodule; None where it is not one that may be fetched, such as a path or `http://`."""
    if url.startswith(("./", "../")):
        # what begins with ../ is a sibling of the repository itself
        parts = urlsplit(parent)
        path = urljoin(f"{parts.path.rstrip('/')}/", url)
        if path.startswith(("../", "/../")):
            return None
        url = f"{parts.scheme}://{parts.netloc}{path}"
    return url if ADDRESS.fullmatch(url) else None


def shared(secret: Mapping[str, bytes], parent: str, url: str) -> Mapping[str, bytes]:
    """Give what of the Secret may be used for a submodule: all of it on the same host, elsewhere only what is no secret."""
    return secret if _host(parent) == _host(url) else {name: secret[name] for name in ("ca.crt",) if name in secret}


def _host(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)
