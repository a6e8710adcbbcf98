"""What each code about whose things are, and about secrets in plain sight, means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entries_identity import KEYS
from .entry import Entry

OWNERSHIP: Mapping[str, Entry] = {
    "CrossAccountKey": Entry(
        "The key belongs to another account",
        "The ARN of the key names another account than the execution role's. A warning.",
        "The guide says in one place that the key must be in the account of the environment, and in another that a key of "
        "another account may be named by its ARN. Its policy cannot be read from outside its account, so nobody can tell "
        "beforehand whether CloudWatch Logs and MWAA may use it.",
        "Have the key's owner allow this account to use the key and to make grants on it, and the Logs service of the "
        "region to use it. A key of the environment's own account is the safe choice: an environment keeps its key for "
        "ever.",
        KEYS,
    ),
}
