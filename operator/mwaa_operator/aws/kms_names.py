"""The two names of a KMS key: users give either, and AWS may answer with the other."""

from __future__ import annotations


def one_key(one: object, other: object) -> bool:
    """Tell whether a key's id and its ARN, in whichever order, name the same key."""
    return bool(one and other) and (one == other or str(one).endswith(f"/{other}") or str(other).endswith(f"/{one}"))
