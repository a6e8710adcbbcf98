"""What an environment can do at most, from its sizes and the catalogue (guide 02, sections 3 and 4; guide 04, section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..checks.airflow_options import AUTOSCALE, parsing_threads
from ..core.catalogue import Catalogue, EnvironmentClass

PARALLELISM, OF_A_DAG = "core.parallelism", ("core.max_active_tasks_per_dag", "core.dag_concurrency")
"""How many tasks run at once: for each scheduler, and for each DAG by its newer and its older name."""


def capacity(
    options: Mapping[str, str],
    there: Mapping[str, Any],
    catalogue: Catalogue,
    dags: int | None = None,
    *,
    exact: bool = False,
) -> dict[str, Any]:
    """Compute it; what is not known is left out.

    Args:
        options: Airflow's, as far as they are declared.
        there: the outputs of the environment.
        catalogue: what MWAA offers.
        dags: how many DAGs there are at least.
        exact: whether these are all: only then they bound anything.
    """
    known = catalogue.classes.get(str(there.get("environment_class")), EnvironmentClass())
    autoscale = options.get(AUTOSCALE) or (f"{known.tasksPerWorker},0" if known.tasksPerWorker else None)
    tasks = _number(autoscale.partition(",")[0]) if autoscale else None
    workers, schedulers = there.get("max_workers"), there.get("schedulers")
    each = _number(options.get("triggerer.default_capacity")) or known.triggersPerTriggerer
    triggerers = 0 if options.get("mwaa.triggerer_enabled") == "False" else schedulers
    at_once = workers * tasks if workers and tasks else None
    of_a_dag = next((number for name in OF_A_DAG if (number := _number(options.get(name)))), None)
    of_dags = of_a_dag * dags if of_a_dag and dags else None
    parallel = _number(options.get(PARALLELISM))
    bounds = [at_once, parallel * schedulers if parallel and schedulers else None, of_dags if exact else None]
    found = {
        "vcpu": known.vcpu,
        "memoryGiB": known.memoryGiB,
        "dagCapacity": known.dagCapacity,
        "tasksPerWorker": tasks,
        "workerAutoscale": autoscale,
        "concurrentTasks": at_once,
        "dags": dags,
        "dagBoundTasks": of_dags,
        "effectiveTasks": min((bound for bound in bounds if bound), default=None),
        "parsingThreads": parsing_threads(known),
        "triggerers": triggerers,
        "triggers": triggerers * each if triggerers is not None and each else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() else None
