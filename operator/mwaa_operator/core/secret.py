"""A value that must be seen by nobody but AWS: it is compared and remembered by a salted hash only."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property

MASK = "***"
ROUNDS = 1000
"""Makes guessing from a hash dearer without being felt: a third of a millisecond for each value."""
CREDENTIALS_IN_URL = re.compile(r"[a-z0-9+.-]://[^/\s:@]{0,256}:(?!\$\{)[^/\s@]{1,512}@", re.IGNORECASE)
"""User and password in front of the host; a password that is a variable, such as `${PASSWORD}`, is none."""
SECRET_VALUES = re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}|-----BEGIN|(gh[pousr]|github_pat|glpat|xox[abp])[-_][A-Za-z0-9_-]{16,}")
"""How access keys of AWS, private keys, and tokens of well-known services begin."""


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
