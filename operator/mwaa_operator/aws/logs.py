"""The adapters for CloudWatch Logs."""

from __future__ import annotations

from typing import Any

from ..core.adapter import Adapter
from .logs_group import LogGroups
from .session import Aws


def adapters(aws: Aws) -> tuple[Adapter[Any], ...]:
    """Make them."""
    return (LogGroups(aws),)
