"""DAG files out of an OCI artifact."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from .dag_source_git import SecretName
from .duration import Duration, span
from .rule import ATOMIC, Rule, matching
from .shared import ApiModel, RelativePath

PublicKey = Annotated[
    str,
    Field(max_length=4096),
    matching(
        r"\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*", "must be a public key in PEM form"
    ),
]
TagName = Annotated[
    str,
    Field(min_length=1, max_length=128),
    matching(r"[A-Za-z0-9_][A-Za-z0-9._-]*", "must be a tag, such as `v1.2`"),
]
Digest = Annotated[
    str, Field(max_length=71), matching(r"sha256:[0-9a-f]{64}", "must be a whole digest: `sha256:` and 64 hex digits")
]


class OciVerify(ApiModel):
    """Whose signature an artifact must have."""

    public_keys: Annotated[tuple[PublicKey, ...], Field(min_length=1, max_length=5), ATOMIC]
    """Keys as `cosign generate-key-pair` writes them to `cosign.pub`: the signature of one of them is enough."""


class Oci(ApiModel):
    """An artifact in a registry, as `flux push artifact` and `oras push` make it."""

    url: Annotated[
        str,
        Field(min_length=1, max_length=1024),
        matching(
            r"oci://[A-Za-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+",
            "must be `oci://host/repository`, without a tag: that is a field of its own",
        ),
    ]
    """Where it is: `oci://host/repository`."""
    tag: TagName | None = None
    """The newest artifact of a tag."""
    digest: Digest | None = None
    """One artifact, by its digest: it never changes."""
    path: RelativePath | None = None
    """The folder in it whose files are delivered. Left out: all of it."""
    secret_ref: SecretName | None = None
    """A Secret with what lets one in: a docker config (`kubectl create secret docker-registry`), or `username` and
    `password`; and `ca.crt` for a certificate authority of your own. Left out for Amazon ECR: the operator's own rights,
    where its administrator lends them (`sourceRegistries`)."""
    insecure: bool = False
    """Talk http with the registry, without encryption."""
    verify: OciVerify | None = None
    """Take only what is signed."""
    interval: Duration = "5m"
    """How often to look for a new artifact, such as `1m` or `1h`; at least `10s`."""

    RULES = (
        Rule(
            "has(self.tag) != has(self.digest)",
            "name exactly one of tag and digest",
            lambda oci: (oci.tag is None) != (oci.digest is None),
            "tag",
        ),
    )

    @property
    def patience(self) -> timedelta:
        """Give the interval as a span of time."""
        return max(span(self.interval), timedelta(seconds=10))
