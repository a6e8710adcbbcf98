"""Logs: JSON for machines, one readable line for people; both with the object, its generation and the run."""

from __future__ import annotations

import logging
import sys
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from ..engine.trace import current

OF_KOPF = ("settings", "k8s_skip", "k8s_ref")
"""What kopf hangs on its records for itself: no text, and not to be copied into the log."""
FIELDS = "%(asctime)s %(levelname)s %(name)s %(message)s"


class _Trace(logging.Filter):
    """Adds what the line is about."""

    def filter(self, record: logging.LogRecord) -> bool:
        trace = current.get()
        record.object = str(trace.key) if trace else ""
        record.generation = trace.generation if trace else None
        record.reconcile_id = trace.reconcile_id if trace else ""
        return True


class _Human(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(about)s%(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        about: Any = getattr(record, "object", "")
        record.about = f"{about}: " if about else ""
        return super().format(record)


def _said_better(record: logging.LogRecord) -> bool:
    """Leave out that some definitions are missing: of ours the operator says so itself, and Flux need not be there."""
    return not record.getMessage().startswith("Unresolved resources")


def configure(format_: str, level: str) -> None:
    """Send all logs to stderr in one format."""
    human = format_ == "human" or (format_ == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    names = {"asctime": "time", "levelname": "level", "name": "logger"}
    handler.setFormatter(
        _Human() if human else JsonFormatter(FIELDS, rename_fields=names, reserved_attrs=[*RESERVED_ATTRS, *OF_KOPF])
    )
    handler.addFilter(_Trace())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("kopf._core.reactor.observation").addFilter(_said_better)
    # kopf's own lines about objects repeat ours
    # and what clients say of requests and answers may hold secrets
    for noisy in ("kopf.objects", "kopf._core", "kopf._cogs", "kubernetes", "boto3", "botocore", "urllib3", "aiohttp"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
