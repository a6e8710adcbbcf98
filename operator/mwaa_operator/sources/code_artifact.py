"""How a startup script gets pip into a repository of CodeArtifact (guide 03, section 22)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Repository:
    """A repository. Its parts are words that a shell takes as they are."""

    domain: str
    owner: str
    name: str
    region: str

    def arn(self, partition: str) -> str:
        """Name it as IAM does."""
        return f"arn:{partition}:codeartifact:{self.region}:{self.owner}:repository/{self.domain}/{self.name}"

    def lines(self) -> Sequence[str]:
        """Fetch a token, and put the index beside those that pip has. The token lives for hours: each start fetches one."""
        host = f"{self.domain}-{self.owner}.d.codeartifact.{self.region}.amazonaws.com"
        return (
            f'CODEARTIFACT_TOKEN="$(aws codeartifact get-authorization-token --domain {self.domain} '
            f'--domain-owner {self.owner} --region {self.region} --query authorizationToken --output text)"',
            'export PIP_EXTRA_INDEX_URL="${PIP_EXTRA_INDEX_URL:+${PIP_EXTRA_INDEX_URL} }'
            f'https://aws:${{CODEARTIFACT_TOKEN}}@{host}/pypi/{self.name}/simple/"',
            "unset CODEARTIFACT_TOKEN",
        )
