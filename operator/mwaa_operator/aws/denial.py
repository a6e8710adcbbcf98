"""Which policy denies a call: AWS says so in its message, and each sort is changed by somebody else."""

from __future__ import annotations

import re

from ..core.errors import Problem, Trouble

POLICIES = (
    (
        r"service control policy",
        "DeniedByScp",
        "A service control policy of the organization denies it, which no policy of the operator's role outweighs and "
        "IAM's simulator may not see. Have those who run the organization except {action} for the operator's role.",
    ),
    (
        r"resource control policy",
        "DeniedByRcp",
        "A resource control policy of the organization denies it, which no policy of the operator's role outweighs. Have "
        "those who run the organization except {action} for the operator's role.",
    ),
    (
        r"permissions boundary",
        "DeniedByBoundary",
        "The permissions boundary of the operator's role denies it or does not allow it. Allow {action} in the boundary: "
        "a policy of the role alone is not enough.",
    ),
    (
        r"session policy",
        "DeniedBySessionPolicy",
        "The session policy that the operator's credentials were made with denies it or does not allow it. Allow {action} "
        "where the role is assumed, or assume it without a session policy.",
    ),
    (
        r"VPC endpoint policy",
        "DeniedByEndpointPolicy",
        "The policy of the VPC endpoint that the operator's call goes through denies it or does not allow it. Allow "
        "{action} in the endpoint's policy.",
    ),
)
"""What AWS names, the reason, and what to do (IAM user guide, "Troubleshoot access denied error messages")."""


def denied_by(said: str, action: str) -> Problem | None:
    """Tell whose policy it was; None when AWS names none of these.

    Args:
        said: what was tried and what AWS answered.
        action: what is missing, as IAM names it.
    """
    for pattern, reason, hint in POLICIES:
        if re.search(rf"(in a|no) {pattern}", said, re.IGNORECASE):
            return Problem(Trouble.DENIED, reason, f"{said}. {hint.format(action=action)}".replace("..", "."), action)
    return None
