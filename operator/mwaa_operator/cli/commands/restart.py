"""`kubectl mwaa restart`: ask for a restart of Airflow that changes nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from ...api.meta import RESTART_AT
from ..options import Options, confirm, name_argument, subcommand, yes_option
from ..output import show
from ..session import MANAGER, environment_name, session

HELP = """Restart the Airflow of an environment.

AWS restarts it by an update, which takes 10 to 30 minutes and ends running tasks. The operator does it by the rules for
every other update: approval, change window, one at a time.
"""


@subcommand(HELP)
@name_argument
@yes_option
async def command(options: Options, name: str, yes: bool) -> None:
    """Set the annotation."""
    async with session(options) as at:
        body = await at.find(name)
        confirm(f"Restart the environment {environment_name(body)}? Running tasks end.", yes)
        when = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        await at.cluster.put_annotation(await at.find(name), RESTART_AT, when, MANAGER)
    meta, is_suspended = body["metadata"], bool(body["spec"].get("suspend"))
    done = {"kind": body["kind"], "namespace": meta["namespace"], "name": meta["name"], "restartAt": when}
    if is_suspended:
        done["suspended"] = True
    show(done, options.output, lambda: [told(meta["name"], when, is_suspended=is_suspended)])


def told(name: str, when: str, *, is_suspended: bool) -> str:
    """Say what comes of it."""
    later = "; it is suspended: the restart comes when that is taken back" if is_suspended else ""
    return f"Environment {name}: a restart is asked for ({when}){later}"
