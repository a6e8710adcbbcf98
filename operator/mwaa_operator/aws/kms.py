"""The adapters for AWS KMS."""

from __future__ import annotations

from typing import Any

from ..core.adapter import Adapter
from .kms_alias import Aliases
from .kms_key import Keys
from .kms_policy import KeyPolicies
from .kms_reader import KeyReader
from .session import Aws


def adapters(aws: Aws) -> tuple[Adapter[Any], ...]:
    """Make them. They share a reader, since an alias belongs to whom its key belongs."""
    reader = KeyReader(aws)
    return Keys(aws, reader), Aliases(aws, reader), KeyPolicies(aws, reader)
