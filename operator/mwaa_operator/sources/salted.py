"""Files out of Secrets. The hash by which they are compared stands in plans and in the bucket: it is salted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from ..core.origin import Hashed
from ..core.secret import ROUNDS


class Salted(Hashed):
    """Files whose hash tells nobody what is in them, and not that two places have the same."""

    def __init__(self, files: Mapping[str, bytes], salt: str) -> None:
        """Take files, and a salt that differs by the place where they go."""
        self._files = files
        self._salt = salt
        self._hashes: dict[str, str] = {}

    def __getitem__(self, path: str) -> bytes:
        return self._files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def sha256(self, path: str) -> str:
        """Give 64 hex digits that are equal for equal files under one salt."""
        if path not in self._hashes:
            made = hashlib.pbkdf2_hmac("sha256", self._files[path], self._salt.encode(), ROUNDS)
            self._hashes[path] = made.hex()
        return self._hashes[path]
