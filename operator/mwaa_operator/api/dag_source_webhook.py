"""Who may say that a DAG source has something new."""

from __future__ import annotations

from enum import StrEnum

from .dag_source_git import SecretName
from .shared import ApiModel


class Sender(StrEnum):
    """Who sends, and so how that is proved: by a signature of the whole message (HMAC, SHA-256), or by a word (GitLab)."""

    GITHUB = "GitHub"
    GITLAB = "GitLab"
    BITBUCKET = "Bitbucket"
    GENERIC = "Generic"


class Webhook(ApiModel):
    """A sender whose messages mean: look now."""

    sender: Sender
    """Who sends. `Generic`: whoever puts `sha256=` and the signature in hex into the header `X-Signature`."""
    secret_ref: SecretName
    """A Secret whose key `token` is what the sender was given as its secret."""
