"""What Airflow keeps of DAGs whose files are gone (guide 02, section 13.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Late, Model, attr


@dataclass(frozen=True)
class PurgedHistory(Model):
    """Airflow has neither DAG nor runs of some ids any more.

    Only what Airflow itself takes for gone is deleted: its scheduler would make the DAG anew from a file that is there. And
    only what it had from a file that is not there any more: one that still is may make the same DAG in another way.

    Outputs: `gone`, those of the ids that Airflow does not have.
    """

    TYPE: ClassVar[str] = "airflow/purged-history"
    AFTER_NEEDS: ClassVar[bool] = True

    environment: str | Late = attr(compare=False)
    airflow_version: str | Late = attr(compare=False)
    dag_ids: tuple[str, ...] = attr()
    left: tuple[str, ...] = attr(default=())
    """Observed are those whose files are gone and whose history is still there: none is wanted."""
    folder: str = attr(compare=False, default="")
    """Where the files of the source lie below the environment's DAG folder; empty for right in it."""
    files: frozenset[str] = attr(compare=False, default=frozenset())
    """Those that are there, by their path below `folder`."""
    healthy: bool = attr(compare=False, default=True)
    """Whether Airflow is well. When not, it is not asked."""

    def has_deleted(self, file: str) -> bool:
        """Tell whether a file, by its path below the DAG folder, is one of the source's that is gone."""
        lead = f"{self.folder}/" if self.folder else ""
        return bool(file) and file.startswith(lead) and file.removeprefix(lead) not in self.files
