"""The adapters for Amazon MWAA."""

from __future__ import annotations

from typing import Any

from ..core.adapter import Adapter
from .install_logs import InstallLogReader
from .mwaa_environment import MwaaEnvironment
from .session import Aws


def adapters(aws: Aws) -> tuple[Adapter[Any], ...]:
    """Make them."""
    return (MwaaEnvironment(aws), InstallLogReader(aws))
