"""What there is to know when one environment takes the place of another; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

REPLACEMENT: Mapping[str, Entry] = {
    "RunHistoryNotCopied": Entry(
        "A new environment begins without the history of the old one",
        "`spec.replaces` names an environment that this one is made beside. Its DAGs, plugins and requirements are the "
        "same where the specs name the same; its metadata database is not.",
        "AWS has no call that copies a metadata database. Run history is in it, and so are connections, variables, pools "
        "and roles that were made in Airflow itself. A DAG with `catchup` runs again for the past, and while both "
        "environments exist both run the same DAGs.",
        "Export what you need from the old environment before you approve its end. Keep connections and variables in AWS "
        "Secrets Manager, which both can read. Pause the DAGs in one of the two.",
        "Migrating to a new Amazon MWAA environment",
    ),
    "ReplacesEachOther": Entry(
        "Environments replace each other",
        "`spec.replaces` names an environment whose own `spec.replaces` names this one, or a third one that names this one.",
        "The environment that is replaced is taken down. Of those that name each other in a circle nobody can say which one "
        "that is, so all stay, and all cost.",
        "Take `replaces` out of the one that is to go.",
        "Migrating to a new Amazon MWAA environment",
    ),
}
