"""What each code about a change of version, the load and the names of options means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

OPTIONS = "Using Apache Airflow configuration options on Amazon MWAA"
UPGRADE = "Changing the Apache Airflow version"
CLASS = "Configuring the Amazon MWAA environment class"
SCALING = "Configuring Amazon MWAA worker automatic scaling"

CHANGES: Mapping[str, Entry] = {
    "PluginsOfOtherMajor": Entry(
        "Plugins go to another major version",
        "There is a plugins.zip, and `airflowVersion` asks for another major version than the one that runs. It holds the "
        "change until `upgrade.acceptMismatches` is set.",
        "Airflow 3 has other ways to extend its user interface than Airflow 2: views and blueprints may be missing.",
        "Try the plugins with the new version (see `TryItLocally`), then accept.",
        UPGRADE,
    ),
    "DagsNearCapacity": Entry(
        "The class has room for twice as many DAGs at most",
        "The DAG sources of the environment define half as many DAGs as its class is good for, or more. A warning.",
        "What is counted is what the files say by themselves; DAGs that are made in a loop come on top.",
        "Plan a larger class.",
        CLASS,
    ),
    "DagsAboveCapacity": Entry(
        "More DAGs than the class is good for",
        "The DAG sources of the environment define more DAGs than AWS holds its class good for. A warning.",
        "The scheduler parses every file again and again: with too many, tasks are scheduled late.",
        "Take a larger class, or take DAGs out.",
        CLASS,
    ),
    "BurstyLoadScalesDown": Entry(
        "Workers come and go with a bursty load",
        "`minWorkers` is less than `maxWorkers`, and the label `mwaa-operator.dev/load: bursty` is on the Environment, or "
        "CloudWatch has seen a pause of two to seven minutes between tasks (`spec.probes.load`, "
        "`status.idleGapMinutes`). A warning.",
        "When no task has run or waited for two minutes, MWAA takes workers away, which lasts two to five minutes. Until "
        "10 May 2024 a worker on its way out could take a task, which ended with it after 120 seconds. Since then such a "
        "worker is kept, and what remains is the wait for new ones; of an environment that was not created or updated "
        "since, nothing says so.",
        "Set `fixedWorkers` to what the average load needs, or let one task run all the while, such as a sensor.",
        SCALING,
    ),
    "OptionsOfOneVariable": Entry(
        "Two options become one variable",
        "Options differ in their names, and not in the environment variable that each becomes.",
        "MWAA gives options to Airflow as variables such as `AIRFLOW__CORE__PARALLELISM`: one of the two values is lost.",
        "Take one out.",
        OPTIONS,
    ),
    "TimeZoneUnknown": Entry(
        "There is no such time zone",
        "An option asks for a time zone that the IANA database does not have.",
        "Airflow would not start, or show times of another zone.",
        "Write it as in the database, such as `Europe/Berlin` or `UTC`. The schedules of DAGs do not follow "
        "`webserver.default_ui_timezone`.",
        OPTIONS,
    ),
    "LazyLoadNotSet": Entry(
        "Nothing says how plugins are loaded",
        "The environment is there, has a plugins.zip and runs Airflow 2, and the spec has no options, so that those in AWS "
        "stay as they are. A warning.",
        "Airflow 2 loads plugins when they are first used, and libraries in them are then not found in time: Oracle's "
        "`libclntsh.so` for one. Where the spec has options, the operator adds `core.lazy_load_plugins: False`.",
        "Set `options: {lazyLoadPlugins: false}`, beside all other options that the environment has.",
        OPTIONS,
    ),
    "RoleNameHashed": Entry(
        "The name of the role is long",
        "The name of the execution role, or of a role with which people sign in (`kubectl mwaa access --iam-role`), and the "
        "name of its session pass 64 characters. A warning.",
        "A user of Airflow has a name of at most 64 characters: a longer one is replaced by a hash, and nobody can tell "
        "from Airflow's audit log who it was.",
        "Choose a shorter name for roles that sign in to Airflow.",
        "Troubleshooting Amazon Managed Workflows for Apache Airflow",
    ),
}
