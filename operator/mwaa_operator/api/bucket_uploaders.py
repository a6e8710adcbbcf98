"""Who may put files into a Bucket beside the operator (guide 02, section 10)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .rule import map_of, matching
from .shared import ApiModel


class PrincipalKind(StrEnum):
    """What the name is one of, in IAM."""

    ROLE = "Role"
    USER = "User"
    GROUP = "Group"


class Uploader(ApiModel):
    """Somebody in the account who uploads DAGs, plugins and requirements."""

    kind: PrincipalKind
    """`Role`, `User` or `Group`: prefer roles, and groups before users."""
    name: Annotated[
        str,
        Field(min_length=1, max_length=128),
        matching("[A-Za-z0-9+=,.@_-]+", "must be the name in IAM, without a path: letters, digits and + = , . @ - _"),
    ]
    """Its name in IAM, without the path. It exists already."""


Uploaders = Annotated[tuple[Uploader, ...], Field(max_length=20), map_of("kind", "name")]
