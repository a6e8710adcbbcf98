"""A repository of CodeArtifact that pip installs from (guide 03, section 22)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .rule import matching
from .shared import ApiModel


class CodeArtifact(ApiModel):
    """Where the script fetches a token for pip, whenever a container starts. The execution role is allowed to."""

    domain: Annotated[
        str,
        Field(min_length=2, max_length=50),
        matching("[a-z][a-z0-9-]*[a-z0-9]", "a domain is named by lower-case letters, digits and '-'"),
    ]
    """The domain."""
    domain_owner: Annotated[str, Field(max_length=12), matching("[0-9]{12}", "must be an account: 12 digits")]
    """The account that has it."""
    repository: Annotated[
        str,
        Field(min_length=2, max_length=100),
        matching("[A-Za-z0-9][A-Za-z0-9._-]*", "a repository is named by letters, digits, '.', '_' and '-'"),
    ]
    """The repository."""
    region: Annotated[str, Field(max_length=32), matching("[a-z]{2}(-[a-z]+)+-[0-9]+", "must be a region")] | None = None
    """Where it is. Left out: the source's own region."""
