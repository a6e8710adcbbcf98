"""What each code about the startup script and about plugins.zip means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

STARTUP = "Using a startup script with Amazon MWAA"
PLUGINS = "Installing custom plugins"

ARTEFACTS: Mapping[str, Entry] = {
    "ReservedVariable": Entry(
        "The startup script sets a variable of MWAA's",
        "The script assigns one of the 33 environment variables that are reserved, spelled with single or with double "
        "underscores. An error: the script is not delivered.",
        "MWAA restores its own value, so that the line does nothing, and whoever reads it believes otherwise.",
        "Take it out. What is an option of Airflow, such as `core.parallelism`, belongs into "
        "`spec.airflowConfigurationOptions` of the Environment.",
        STARTUP,
    ),
    "PythonMayBeUpdated": Entry(
        "The startup script may update Python",
        "`yum update` without package names and without `--exclude=python*`. A warning.",
        "It updates every package, the Python that Airflow runs with among them, and the container may not start again.",
        "Write `sudo yum update -y --exclude=python*`.",
        STARTUP,
    ),
    "PythonReplaced": Entry(
        "The startup script changes Python",
        "It installs or removes a Python, by its package manager, pyenv or conda, or puts another one in its place. A "
        "warning.",
        "AWS supports the Python that comes with the version of Airflow, and no other.",
        "Take it out. If a task needs another Python, let it run in a container of its own.",
        STARTUP,
    ),
    "SudoMissing": Entry(
        "A command of the startup script needs sudo",
        "A package manager, or another program that only root may run, is called without `sudo`. A warning.",
        "The script runs as a user who is not root: the command fails.",
        "Put `sudo` before it.",
        STARTUP,
    ),
    "InstallOnPrivateWebserver": Entry(
        "A private web server cannot install that",
        "The startup script installs with yum or pip on every component, and the web server is private. A warning. "
        "`kubectl mwaa lint` looks for it with `--private`.",
        "A private web server reaches no package index: the installation waits until it times out, and the update fails.",
        'Put it between `if [[ "${MWAA_AIRFLOW_COMPONENT}" != "webserver" ]]; then` and `fi` (in a DagSource: '
        "`components: [scheduler, worker]`), or bring the files in plugins.zip.",
        STARTUP,
    ),
    "StartupLogsOff": Entry(
        "Nobody sees what the startup script says",
        "There is a startup script, and the log of the scheduler, the worker or the web server is switched off, or its "
        "level is above INFO. A warning.",
        "Each component writes what the script says into its own log. Where that is off a failure is seen by nobody.",
        "Enable `schedulerLogs`, `workerLogs` and `webserverLogs` in `spec.loggingConfiguration`, with `logLevel: INFO`.",
        STARTUP,
    ),
    "InstallLogsTooQuiet": Entry(
        "Nobody sees whether the requirements were installed",
        "There is a requirements.txt, and the log of the scheduler is switched off, or its level is above INFO. A warning.",
        "What pip says goes to that log at INFO: without it `RequirementsInstalled` stays Unknown, and a package that "
        "cannot be found shows in DAGs that fail to import.",
        "Set `spec.loggingConfiguration.schedulerLogs` to `enabled: true` and `logLevel: INFO`.",
        "Installing Python dependencies",
    ),
    "PluginsWrapped": Entry(
        "Everything in plugins.zip lies in one folder",
        "The archive has one folder at its root, called `plugins`, or with `hooks`, `operators`, `sensors` or wheels in it. "
        "A warning.",
        "MWAA unpacks the archive to /usr/local/airflow/plugins: the files land one folder too deep, and imports of them "
        "fail. The archiver of Windows adds such a folder by itself.",
        "Pack what is in the folder: `cd plugins`, `chmod -R 755 .`, `zip -r ../plugins.zip .`. Or name the folder as "
        "`spec.plugins.path` of a DagSource, and let the operator pack it.",
        PLUGINS,
    ),
    "PluginsTooLarge": Entry(
        "plugins.zip has more than 1 GB",
        "A warning, no error: AWS names no limit.",
        "Each start of a container unpacks it. What is not installed in 10 minutes makes AWS give up, and put the "
        "environment back to what it was.",
        "Leave out what no environment needs; let large data lie in S3.",
        PLUGINS,
    ),
    "PluginsNotRead": Entry(
        "plugins.zip was not looked into",
        "The archive of a DagSource is damaged, or has more than 50,000 entries, or names of more than 16 MiB. A warning: "
        "it is delivered.",
        "Nobody knows what is in it before an environment unpacks it, which takes AWS half an hour; and each start unpacks "
        "all of it, within the 10 minutes that there are.",
        "Bring libraries as wheels in the archive, and leave out what no DAG imports. Pack a damaged one anew.",
        PLUGINS,
    ),
    "InstallTimedOut": Entry(
        "Installing may have taken too long",
        "The last update of the environment failed, and plugins.zip has 300 MB or more, or requirements.txt names 40 "
        "packages or more. A warning beside AWS's own words.",
        "What a container does not install within 10 minutes is given up: AWS puts the environment back, and says nothing "
        "of the time.",
        "Install less. Pin all versions, bring wheels in plugins.zip, leave out what no DAG imports.",
        PLUGINS,
    ),
    "PluginModesTooNarrow": Entry(
        "Airflow may not use a file of plugins.zip",
        "An entry of the archive cannot be read by others than its owner, or a folder, a script or a library not be entered "
        "or run. A warning.",
        "Airflow runs as a user who has not packed the archive.",
        "`chmod -R 755 .` in the folder, and pack it anew. The operator gives every entry 0755 when it packs.",
        PLUGINS,
    ),
    "UiPluginOfOldVersion": Entry(
        "A plugin for the pages of an old Airflow",
        "A plugin has `appbuilder_views`, `appbuilder_menu_items` or `flask_blueprints`, and an environment that takes it "
        "has an Airflow before 2.2.2. A warning.",
        "Its web server installs no plugins. The local runner is one container for everything, and shows the page.",
        "Take Airflow 2.2.2 or newer.",
        PLUGINS,
    ),
}
