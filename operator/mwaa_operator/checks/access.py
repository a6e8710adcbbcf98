"""A private web server needs a way in that nobody makes for you (guide part 3, sections 4 and 8.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..core.finding import Finding, Severity
from ..resources.mwaa import Environment


def reminder() -> Finding:
    """Say what a private web server needs."""
    return Finding(
        "PrivateWebServer",
        "spec.webserverAccessMode",
        "the web server will be reached from its VPC only. Build a way in: AWS Client VPN, an Application Load Balancer, or "
        "a bastion where there are public subnets, and say so in spec.wayIn; or set PUBLIC_ONLY, where IAM decides who "
        "comes in.",
        Severity.WARNING,
    )


class AccessCheck:
    """Reminds of the way in; there is nothing to ask AWS about it."""

    NAME: ClassVar[str] = "access"

    async def findings(self, model: Environment, region: str) -> Sequence[Finding]:
        """Say what a private web server needs. Left out, AWS makes it private."""
        if model.webserver_access_mode not in (None, "PRIVATE_ONLY"):
            return ()
        return (reminder(),)
