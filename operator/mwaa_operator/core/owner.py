"""Whose a thing in AWS is: the tags that everything created carries, and who may take over what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GROUP = "mwaa-operator.dev"
OWNER_TAG = f"{GROUP}/owner"
PART_TAG = f"{GROUP}/part"
OBJECT_TAG = f"{GROUP}/object"
ADOPT_TAG = f"{GROUP}/adopt"
"""On a thing that exists already, with the value `namespace/name`: that object may adopt it (`adoption: IfTagged`)."""


@dataclass(frozen=True)
class Owner:
    """The Kubernetes object that owns parts in AWS."""

    kind: str
    namespace: str
    name: str
    uid: str

    @property
    def address(self) -> str:
        """Give what it is called by: a new object of the same name has the same."""
        return f"{self.kind}/{self.namespace}/{self.name}"

    def tags(self, part: str) -> dict[str, str]:
        """Give the owner tags of one part."""
        return {
            OWNER_TAG: self.uid,
            PART_TAG: part,
            OBJECT_TAG: self.address,
        }

    def invited_by(self, tags: Mapping[str, str]) -> bool:
        """Tell whether a thing's tags invite this object to adopt it."""
        return tags.get(ADOPT_TAG) == f"{self.namespace}/{self.name}"
