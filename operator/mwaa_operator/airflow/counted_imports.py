"""What the metric of import errors says of a revision, where Airflow itself cannot be asked. Pure.

It counts for the whole environment, and names no file: the log of DAG processing does. So it is no proof as long as there is
an error, and never a failure of this revision: the file may be another team's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ..core.observed import Observed, State
from ..resources.airflow import Imports

LATE = timedelta(minutes=15)
"""How long CloudWatch may take to show a count."""


def judged(want: Imports, count: int | None, due: datetime, now: datetime) -> Observed:
    """Judge a revision.

    Args:
        want: the proof that is asked for.
        count: of the files that the DAG processor could not import, since `due`; None where it has not counted since then.
        due: by when all files have been parsed.
        now: the time.
    """
    id_, group = f"{want.environment}/{want.revision}", f"airflow-{want.environment}-DAGProcessing"
    lead = f"Airflow {want.airflow_version} of {want.environment} cannot be asked through AWS"
    if count:
        files = f"{count} file{'s' * (count != 1)}"
        return Observed(
            id=id_,
            outputs={"proven": False, "errors": [], "counted": True},
            state=State.FAILED,
            reason="ImportError",
            message=f"CloudWatch counts {files} that {want.environment} cannot import, of this source or of another. "
            f"{lead}: which, and why, is in the log group {group}. For this nothing is taken back by onFailure",
        )
    if count == 0:
        return Observed(
            id=id_,
            outputs={"revision": want.revision, "proven": True, "errors": []},
            message=f"{want.environment} has no import error since revision {want.revision}, as CloudWatch counts; {lead}",
        )
    late = now > due + LATE
    hint = f". If this lasts, see what {group} says, and whether the metric ImportErrors is published" if late else ""
    return Observed(
        id=id_,
        outputs={"proven": False, "errors": []},
        state=State.BUSY,
        reason="SlowerThanUsual" if late else "AwaitingImport",
        message=f"{lead}: CloudWatch is asked for import errors from {due:%Y-%m-%dT%H:%M:%SZ} on, when revision "
        f"{want.revision} has been parsed{hint}",
    )
