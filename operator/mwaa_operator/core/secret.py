"""A value that must be seen by nobody but AWS: it is compared and remembered by a salted hash only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

MASK = "***"
ROUNDS = 1000
"""Makes guessing from a hash dearer without being felt: a third of a millisecond for each value."""


@dataclass(frozen=True)
class Secret:
    """A secret text in a part's model. It prints as `***`; whoever calls AWS takes `value`."""

    value: str = field(repr=False)
    salt: str = field(repr=False)
    """Differs by object and by use, so that equal secrets in two places cannot be told."""

    @cached_property
    def digest(self) -> str:
        """Give 16 hex digits that are equal for equal secrets under one salt."""
        return hashlib.pbkdf2_hmac("sha256", self.value.encode(), self.salt.encode(), ROUNDS).hex()[:16]

    def __str__(self) -> str:
        return MASK
