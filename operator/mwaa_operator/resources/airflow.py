"""Questions to a running Airflow, and the one thing that is started in it: a DAG run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import ClassVar

from ..core.part import LATE, Late, Model, attr

DAG_ID_LIMIT = 50
"""A longer DAG id does not fit the path of its runs: AWS passes on at most 64 characters (API shape RestApiPath)."""

FIRST_VERSION = (2, 4, 3)
"""Older environments have no REST API that AWS would pass calls on to (guide, 04 section 12)."""
SYNC = timedelta(seconds=30)
"""How often MWAA copies the bucket's DAG folder to Airflow (guide, 02 section 10.2)."""
LIST_INTERVAL = timedelta(seconds=300)
"""How often Airflow looks for new files, unless an option says otherwise (guide, 04 section 2)."""


def source_hash(text: str) -> str:
    """Hash the source of a DAG file as Airflow serves it: line ends are LF there."""
    return hashlib.sha256(text.replace("\r\n", "\n").replace("\r", "\n").encode(errors="replace")).hexdigest()


@dataclass(frozen=True)
class Health(Model):
    """The scheduler beats, the metadata database answers."""

    TYPE: ClassVar[str] = "airflow/health"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    environment: str | Late = attr(compare=False)
    airflow_version: str | Late = attr(compare=False)
    status: str | Late = attr(compare=False, default="AVAILABLE")
    """MWAA's status: during MAINTENANCE an Airflow that does not answer is nothing to worry about."""
    heartbeat: bool = attr(compare=False, default=False)
    """CloudWatch is asked for the scheduler's heartbeat too: that counts where Airflow itself cannot be asked."""


@dataclass(frozen=True)
class Imports(Model):
    """The proof that an environment's Airflow has imported one revision of a DAG source.

    Outputs: `revision` (once it is proven), `proven`, `errors` (a list of `{file, message}`), and
    `counted` where errors are only counted, for the whole environment: they may be another source's.
    """

    TYPE: ClassVar[str] = "airflow/imports"
    AFTER_NEEDS: ClassVar[bool] = True
    READ_ONLY: ClassVar[bool] = True

    environment: str | Late = attr(compare=False)
    airflow_version: str | Late = attr(compare=False)
    revision: str | Late = attr(compare=False)
    delivered_at: str | Late = attr(compare=False)
    """When the bucket had this revision (RFC 3339)."""
    files: Mapping[str, str] | Late = attr(compare=False)
    """`source_hash` of each delivered Python file, by its path below `folder`; empty where nobody knows its content: then it
    must have been parsed after MWAA must have copied it."""
    expected: frozenset[str] | Late = attr(compare=False)
    """Those files that define a DAG, so that Airflow must list one."""
    folder: str = attr(compare=False, default="")
    """Where they lie below the environment's DAG folder; empty for right in it."""
    visible_after: timedelta = attr(compare=False, default=SYNC + LIST_INTERVAL)
    """How long Airflow may take to see a new file."""
    healthy: bool = attr(compare=False, default=True)
    """Whether Airflow is well. When not, it is not asked, and a revision that was proven stays so."""

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """Give the hash of each file, by its path below the environment's DAG folder."""
        return {self._below(path): hash_ for path, hash_ in self.files.items()} if isinstance(self.files, Mapping) else {}

    @cached_property
    def awaited(self) -> frozenset[str]:
        """Name the files that Airflow must list a DAG of, by that path."""
        return frozenset() if isinstance(self.expected, LATE) else frozenset(map(self._below, self.expected))

    def _below(self, path: str) -> str:
        return f"{self.folder}/{path}" if self.folder else path


@dataclass(frozen=True)
class DagRun(Model):
    """One run of a DAG for each revision, to prove that it works.

    Airflow keeps its runs: a part with it must say `keep=True`.
    Outputs: `dag_id`, `run_id`, `state`.
    """

    TYPE: ClassVar[str] = "airflow/dag-run"
    AFTER_NEEDS: ClassVar[bool] = True

    environment: str | Late = attr(compare=False)
    airflow_version: str | Late = attr(compare=False)
    dag_id: str = attr(compare=False)
    revision: str | Late = attr(compare=False)
    timeout: timedelta = attr(compare=False, default=timedelta(minutes=10))

    @property
    def run_id(self) -> str:
        """Name the run: the same revision always gives the same name, so that it is never started twice."""
        return f"mwaa-{self.revision}"
