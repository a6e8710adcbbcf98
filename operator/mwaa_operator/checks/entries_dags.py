"""What each code about DAG files means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

DAGS = "Adding or updating DAGs"
PLUGINS = "Installing custom plugins"
TUNING = "Performance tuning for Apache Airflow on Amazon MWAA"
PRACTICES = "Security best practices on Amazon MWAA"
TASKS = "Troubleshooting: CloudWatch Logs and CloudTrail errors in Amazon MWAA"

DAG_FILES: Mapping[str, Entry] = {
    "BadPath": Entry(
        "A path that no file can have",
        "A path of a DagSource is absolute, has empty parts, `.` or `..`, strange characters, or is too long. An error.",
        "It could not be an object below the DAG folder, or would leave it.",
        "Rename the file.",
        DAGS,
    ),
    "DuplicatePath": Entry(
        "Two sources have the same path",
        "Two places of one DagSource have a file of the same path. An error: neither is delivered.",
        "One would overwrite the other, and nobody would know which.",
        "Take it out of one of them, or give one of them a `path` of its own.",
        DAGS,
    ),
    "PathIsFileAndFolder": Entry(
        "A path is a file and a folder",
        "One path is a file, and another one goes through it. An error: the file is not delivered.",
        "S3 would take both, and MWAA copies them into a file system, which cannot.",
        "Rename one of them.",
        DAGS,
    ),
    "DagSyntaxError": Entry(
        "A Python file does not compile",
        "The Python that runs the check (its version is in the message) cannot compile the file. An error: the file is held "
        "back unless `spec.lint.refuseFile` says `Never`.",
        "Airflow could not import it, and its DAGs would be gone from the schedule.",
        "Mend the file at that line. A version that was delivered before stays in the bucket until then.",
        DAGS,
    ),
    "SyntaxOfNewerPython": Entry(
        "A Python file may need a newer Python than the one that checks",
        "The Python that runs the check (its version is in the message) cannot compile the file, but an environment that "
        "reads it, or the version of Airflow that was asked for, has a newer one that may: such as with `type X = int` or "
        "with the quotes of an f-string in its braces. A warning: it is delivered unless `spec.lint` refuses warnings.",
        "Only Airflow can tell whether it is right. Nothing else is known of the file: no other rule looks into it.",
        "Nothing, if it is meant so: `DagsImported` says what Airflow makes of it. Otherwise mend the file at that line.",
        DAGS,
    ),
    "DuplicateDagId": Entry(
        "Two DAGs have the same id",
        "Two files, of one DagSource or of two that feed one Environment, write out the same DAG id. A warning.",
        "Airflow shows one of them only, now this one and now that.",
        "Rename one of the DAGs.",
        DAGS,
    ),
    "ImportOfAirflowOne": Entry(
        "An import of Airflow 1",
        "A file imports from `airflow.contrib` or another path that moved with Airflow 2. A warning.",
        "Airflow 2 knows some of these paths for a while, Airflow 3 none: the import fails, and the DAG with it.",
        "Import from the provider, such as `airflow.providers.amazon.aws.hooks.base_aws` in place of "
        "`airflow.contrib.hooks.aws_hook`, and name the provider in requirements.txt.",
        DAGS,
    ),
    "ImportGoneWithAirflowThree": Entry(
        "An import that Airflow 3 has no more",
        "A file imports what went with Airflow 3, such as `airflow.operators.dummy` or `airflow.operators.subdag`, and an "
        "environment that reads it has Airflow 3. A warning.",
        "The import fails, and the DAG with it.",
        "Use `EmptyOperator` for the dummy, `airflow.providers.common.sql` for SQL, a `TaskGroup` for a sub-DAG, and a "
        "fixed date for `days_ago`.",
        "Upgrading the Apache Airflow version",
    ),
    "ArgumentGoneWithAirflowThree": Entry(
        "An argument of a DAG that Airflow 3 has no more",
        "`DAG(...)` or `@dag(...)` has an argument that went with Airflow 3: `schedule_interval`, `timetable`, "
        "`concurrency`, `fail_stop`, `default_view`, `orientation` or `full_filepath`, and an environment that reads it has "
        "Airflow 3. A warning.",
        "It is a TypeError: the import fails, and the DAG with it.",
        "Write `schedule` for `schedule_interval` and `timetable`, and `max_active_tasks` for `concurrency`: late "
        "versions of Airflow 2 know both. `fail_stop` is `fail_fast` in Airflow 3. Take the others out.",
        "Upgrading the Apache Airflow version",
    ),
    "ImportOfAirflowThree": Entry(
        "An import of Airflow 3",
        "A file imports `airflow.sdk`, and an environment that reads it has Airflow 2. A warning.",
        "Airflow 2 has no such module: the import fails, and the DAG with it.",
        "Import from `airflow`, `airflow.decorators` or `airflow.models` until the environment has Airflow 3.",
        DAGS,
    ),
    "PluginImportedByOldPath": Entry(
        "A plugin is imported through Airflow",
        "A file imports from `airflow.operators`, `airflow.sensors` or `airflow.hooks` what is no module of Airflow. A "
        "warning.",
        "Since Airflow 2 operators, sensors and hooks of plugins are ordinary modules, and that import fails.",
        "Import the module as it lies in plugins.zip, such as `from operators.my_operator import MyOperator`. Or put it "
        "into the DAG folder, and hide it from Airflow's search with `.airflowignore`.",
        PLUGINS,
    ),
    "AirflowCfgInDagFolder": Entry(
        "airflow.cfg is in the DAG folder",
        "A file of the name `airflow.cfg` is among the DAGs. A warning.",
        "MWAA writes Airflow's settings itself. The file changes nothing, and may hold secrets.",
        "Take it out. Write what you need into `spec.airflowConfigurationOptions` of the Environment.",
        DAGS,
    ),
    "VariableAtTopLevel": Entry(
        "A variable is read at each parse",
        "`Variable.get` or its like stands outside of any task. A warning.",
        "The file is parsed every 30 seconds by default, by every scheduler: each time is a query of the metadata database "
        "or a call to Secrets Manager, which AWS charges.",
        "Use a template, `{{ var.value.name }}`, or ask within the task.",
        TUNING,
    ),
    "CallAtTopLevel": Entry(
        "Another service is asked at each parse",
        "A connection, a request, a client of boto3, a database or another program is used outside of any task. A warning.",
        "It is repeated at each parse. When the other side is slow the import times out, and the DAG is gone.",
        "Move it into the task; give operators the id of a connection.",
        TUNING,
    ),
    "SleepAtTopLevel": Entry(
        "A file waits at each parse",
        "`time.sleep` stands outside of any task. A warning.",
        "Airflow gives up after `core.dagbag_import_timeout`, 30 seconds by default, and parses other files later.",
        "Take it out. What a task has to wait for belongs into a sensor.",
        TUNING,
    ),
    "DataReadAtTopLevel": Entry(
        "Data are read at each parse",
        "A file with data is loaded outside of any task, as with `pandas.read_csv`. A warning.",
        "It is repeated at each parse, and takes time and memory of the scheduler.",
        "Read the data within the task that needs them.",
        TUNING,
    ),
    "SecretInCode": Entry(
        "A secret is written into the code",
        "A text looks like a key or a token, a URL has a password, or something is called a password and has a fixed value. "
        "A warning; the value is shown nowhere.",
        "Whoever may read the repository, the bucket or the code in Airflow's UI reads it too.",
        "Put it into a connection or a variable in Secrets Manager, and ask for it within the task. Where it was a true "
        "secret make a new one in place of it: history keeps the old.",
        PRACTICES,
    ),
    "QueueArgument": Entry(
        "A task names a queue",
        "`queue` is among the default arguments of a DAG, or of an operator. A warning.",
        "The workers of MWAA listen to the queue of the environment alone: such tasks fail without a log.",
        "Take `queue` out.",
        TASKS,
    ),
    "SkippedBySafeMode": Entry(
        "Airflow does not look into the file",
        "A file makes a DAG, and has not both words `airflow` and `dag` in it, as when a function elsewhere makes it. A "
        "warning.",
        "Airflow's safe mode (`core.dag_discovery_safe_mode`) skips such files, and says nothing about it.",
        "Add a comment with both words.",
        DAGS,
    ),
    "PackageWithoutInit": Entry(
        "A package has no __init__.py",
        "A folder is imported as a package, or has packages in it, and lacks `__init__.py`. A warning.",
        "Python then joins all folders of that name on its path, in the DAG folder and in plugins, or takes another one.",
        "Add an empty `__init__.py` to the folder and to those in it.",
        PLUGINS,
    ),
    "FileTooLarge": Entry(
        "A Python file is too large to look into",
        "The file has more than 512 KiB. A warning: nothing else is known of it.",
        "Airflow parses all of it, again and again.",
        "Put the data into a file of its own, and read it within a task.",
        TUNING,
    ),
    "DefinitionInvalid": Entry(
        "No DAG can be made of a definition",
        "An entry of `dagFactory` is not written as definitions are, or names an operator that is not allowed. An error.",
        "Half a DAG would run without the tasks that could not be read, and nobody would notice.",
        "Do what the message says. Until then the DAG that was last made of it stays.",
        PRACTICES,
    ),
}
