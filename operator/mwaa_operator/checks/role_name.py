"""Does the name of a role leave room for that of a session? Pure (guide 04, section 10.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Severity

MOST = 64
"""Characters that a user of Airflow may have in its name."""
SESSION = len("i-0123456789abcdef0")
"""Of the name of a session that AWS gives to an instance; people's are often longer."""


def room(where: str, role_arn: str) -> Iterator[Finding]:
    """Tell of a role whose sessions get a name in Airflow that nobody can read.

    Args:
        where: the field that names the role.
        role_arn: its ARN, or its name.
    """
    name = role_arn.rpartition("/")[2]
    if len(name) + SESSION > MOST:
        yield Finding(
            "RoleNameHashed",
            where,
            f"the name {name} has {len(name)} characters and leaves {MOST - len(name)} to the name of a session: where "
            f"both pass {MOST}, Airflow's user gets a hash for its name. Choose a shorter one where people sign in with it.",
            Severity.WARNING,
        )
