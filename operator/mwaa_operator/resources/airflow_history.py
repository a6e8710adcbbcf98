"""What Airflow keeps of DAGs whose files are gone (guide 02, section 13.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ..core.part import Late, Model, attr


@dataclass(frozen=True)
class PurgedHistory(Model):
    """Airflow has neither DAG nor runs of some ids any more.

    Only what Airflow itself takes for gone is deleted: its scheduler would make the DAG anew from a file that is there.

    Outputs: `gone`, those of the ids that Airflow does not have.
    """

    TYPE: ClassVar[str] = "airflow/purged-history"
    AFTER_NEEDS: ClassVar[bool] = True

    environment: str | Late = attr(compare=False)
    airflow_version: str | Late = attr(compare=False)
    dag_ids: tuple[str, ...] = attr()
    left: tuple[str, ...] = attr(default=())
    """Observed are those whose files are gone and whose history is still there: none is wanted."""
    healthy: bool = attr(compare=False, default=True)
    """Whether Airflow is well. When not, it is not asked."""
