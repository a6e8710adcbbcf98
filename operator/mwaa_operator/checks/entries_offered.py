"""What each code about versions, sizes and options means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

VERSIONS = "Apache Airflow versions on Amazon Managed Workflows for Apache Airflow"
CLASS = "Configuring the Amazon MWAA environment class"
WEBSERVERS = "Configuring Amazon MWAA web server automatic scaling"
QUOTAS = "Amazon MWAA service quotas"
OPTIONS = "Using Apache Airflow configuration options on Amazon MWAA"
TUNING = "Performance tuning for Apache Airflow on Amazon MWAA"
UNKNOWN = (
    "What AWS offers changes, and the catalogue is dated: it is in the message. AWS decides, and nothing is held up.",
    "Correct a slip of the pen. Where AWS has it, add it to the catalogue in the chart's values, or take a newer operator.",
)

OFFERED: Mapping[str, Entry] = {
    "UnknownAirflowVersion": Entry(
        "The catalogue does not know the version",
        "`spec.airflowVersion` is not in the operator's catalogue. A warning.",
        *UNKNOWN,
        VERSIONS,
    ),
    "UnknownEnvironmentClass": Entry(
        "The catalogue does not know the class",
        "`spec.environmentClass` is not in the operator's catalogue, so that its numbers are not judged. A warning.",
        *UNKNOWN,
        CLASS,
    ),
    "UnknownRegion": Entry(
        "The catalogue does not know MWAA in this region",
        "The region of the environment is not in the operator's catalogue. A warning.",
        *UNKNOWN,
        "Amazon MWAA endpoints",
    ),
    "VersionNotCreatable": Entry(
        "Nothing new is created with this version",
        "AWS's support of this version of Airflow is limited or over, and the environment does not exist yet.",
        "The call would be refused. Environments that exist go on.",
        "Take a later version.",
        VERSIONS,
    ),
    "LimitedSupportSoon": Entry(
        "Support of the version ends soon",
        "In at most 90 days AWS begins to limit its support of this version. A warning.",
        "From then on nothing new can be created with it.",
        "Plan an upgrade.",
        VERSIONS,
    ),
    "LimitedSupport": Entry(
        "Support of the version is limited",
        "AWS creates nothing new with this version of Airflow; what there is goes on. A warning.",
        "It cannot be made again once it is deleted, and the end of support comes next.",
        "Plan an upgrade.",
        VERSIONS,
    ),
    "EndOfSupport": Entry(
        "The version is not supported any more",
        "The day on which AWS ended the support of this version of Airflow is over. A warning.",
        "AWS promises nothing for such an environment.",
        "Upgrade, or make a new environment with a later version.",
        VERSIONS,
    ),
    "SchedulersOutOfRange": Entry(
        "The class or the version takes another number of schedulers",
        "`spec.schedulers` is more or less than the environment class takes, or more than one on Airflow 1.",
        "The call would be refused.",
        "Change the number, the class or the version.",
        CLASS,
    ),
    "WebserversOutOfRange": Entry(
        "Another number of web servers is needed",
        "`minWebservers` or `maxWebservers` is more or less than the class, the version or the quota allows. A warning "
        "where only the usual quota of 5 is known; an error where the account's own was read, or is named in the catalogue.",
        "The call would be refused. Airflow before 2.2.2 has one web server, and so has mw1.micro.",
        "Change the number. Leave both out with an old version. For more than five, have the quota raised, and name it in "
        "the catalogue.",
        WEBSERVERS,
    ),
    "NumbersOfOtherClass": Entry(
        "The new class does not take the numbers of the old one",
        "`spec.environmentClass` changes, and AWS has a number of schedulers or web servers that the new class does not "
        "take, and that the spec leaves as it is.",
        "AWS keeps what is not declared, and would refuse the class for it: mw1.micro has one scheduler and one web server, "
        "every other class at least two.",
        "Set the numbers that the message names together with the class.",
        CLASS,
    ),
    "WorkersAboveQuota": Entry(
        "More workers than the quota",
        "`minWorkers` or `maxWorkers` is above the quota of workers for one environment. A warning where only the usual "
        "quota of 25 is known; an error where the account's own was read, or is named in the catalogue.",
        "The call would be refused, or the workers would never come.",
        "Ask for fewer, or for more in Service Quotas.",
        QUOTAS,
    ),
    "AccessModeNeedsVersion": Entry(
        "The access mode needs a later version",
        "`webserverAccessMode` is PUBLIC_AND_PRIVATE, and Airflow is older than 3.2.",
        "The call would be refused.",
        "Take another mode, or upgrade.",
        "Apache Airflow access modes",
    ),
    "WebserverInstallsNothing": Entry(
        "The web server of this version installs nothing",
        "There are plugins, and Airflow is older than 2.2.2. A warning.",
        "Schedulers and workers install plugins and requirements; the web server does so from 2.2.2 on.",
        "Take 2.2.2 or newer for plugins of the user interface.",
        "Installing custom plugins",
    ),
    "OptionRefused": Entry(
        "The option belongs to MWAA",
        "An Airflow configuration option is one of those that MWAA sets itself.",
        "AWS refuses it, or restores its own value: keys, database, queue, metrics and the like.",
        "Take it out.",
        OPTIONS,
    ),
    "OptionIgnored": Entry(
        "The option has no effect",
        "The option can be set and does nothing. A warning.",
        "MWAA overrides `celery.worker_concurrency` by the size of its workers; others are written for another section, or "
        "for one that does not exist.",
        "Take it out, and use what the message names.",
        OPTIONS,
    ),
    "OptionUnknownToVersion": Entry(
        "The option is of another Airflow",
        "This version of Airflow does not have the option. A warning.",
        "Options come and go with versions; an unknown one is passed on and does nothing.",
        "Take it out, or use what the message names.",
        OPTIONS,
    ),
    "OptionSectionUnknown": Entry(
        "Airflow has no such section",
        "The part of the option before its last dot is no section of Airflow or of a common provider. A warning.",
        "AWS accepts every name, so a slip of the pen goes unnoticed. Sections of your own, such as `foo.user`, are "
        "allowed: they come as environment variables. An option overrides what `airflow.cfg` says, which nobody can edit "
        "on MWAA.",
        "Correct the name. If your own code reads it, leave it so, or add it to the catalogue, which ends the warning and "
        "shows its value.",
        OPTIONS,
    ),
    "OptionUnknown": Entry(
        "This Airflow has no such option",
        "The section is Airflow's own, and this version of Airflow has no such option in it. A warning. It is judged by a "
        "dated list from Airflow's packages; sections of providers are not in it.",
        "AWS accepts every name, restarts the environment for it, and Airflow never reads it.",
        "Correct the name: the message has one that is near. If your own code reads the option, leave it so, or add it to "
        "the catalogue, which ends the warning and shows its value.",
        OPTIONS,
    ),
    "OptionValueOfOtherType": Entry(
        "The value is no number, or neither yes nor no",
        "Airflow reads the option as a number or as yes or no, and the value is something else. A warning.",
        "AWS accepts every value, and Airflow fails where it reads this one, which may be at its start.",
        "Correct the value.",
        OPTIONS,
    ),
    "PluginsLoadedLazily": Entry(
        "Plugins are not loaded at the start",
        "There is a plugins.zip, Airflow is 2, and the spec sets `core.lazy_load_plugins` to something other than `False`. "
        "A warning.",
        "Airflow 2 loads plugins when they are first used, which some miss: Oracle's client library is not found, for one.",
        "Leave the option out: the operator then sets it to `False`.",
        OPTIONS,
    ),
    "WorkerAutoscaleUnfit": Entry(
        "The tasks of a worker are written otherwise",
        "`celery.worker_autoscale` is not the most and the fewest tasks of a worker, in this order.",
        "Workers would not start.",
        "Write it so: `16,12`.",
        TUNING,
    ),
    "WorkerAutoscaleAboveClass": Entry(
        "More tasks for a worker than its class takes",
        "`celery.worker_autoscale` begins with more than the class's own number of tasks. A warning.",
        "The memory of a worker may not suffice, and tasks then fail.",
        "Take fewer, or a larger class.",
        TUNING,
    ),
    "ParsingProcessesAboveClass": Entry(
        "More parsing processes than threads",
        "`scheduler.parsing_processes` is more than two for each vCPU of the class, less one for the scheduler. A warning.",
        "The scheduler itself gets too little time, and tasks are scheduled late.",
        "Take fewer, or a larger class.",
        TUNING,
    ),
    "ImportTimeoutTooLong": Entry(
        "Importing may take longer than processing",
        "`core.dagbag_import_timeout` is not less than `core.dag_file_processor_timeout`. A warning.",
        "The process that imports a file is ended before the import may say what took so long.",
        "Lower the first or raise the second.",
        TUNING,
    ),
    "SerializedDagIntervals": Entry(
        "Serialized DAGs are read more often than written",
        "`core.min_serialized_dag_fetch_interval` is not above `core.min_serialized_dag_update_interval`. A warning.",
        "The same DAGs are read from the database again and again.",
        "Raise the first or lower the second.",
        TUNING,
    ),
    "TaskLogDelivery": Entry(
        "Logs of tasks may get lost",
        "`celery.sync_parallelism` is 0. A warning.",
        "0 takes as many processes as there are processors, and logs of tasks may then not reach CloudWatch.",
        "Set it to 1.",
        TUNING,
    ),
    "TaskLogsTooQuiet": Entry(
        "Logs of tasks are off, or above INFO",
        "`loggingConfiguration.taskLogs` is disabled, or its level is above INFO. A warning.",
        'Airflow\'s pages say "Could not read remote logs" for every task then.',
        "Enable them with `logLevel: INFO`.",
        "Accessing Airflow logs in Amazon CloudWatch",
    ),
    "SmtpPortBlocked": Entry(
        "Mail on port 25 is blocked",
        "`smtp.smtp_port` is 25. A warning.",
        "AWS blocks outgoing traffic on this port, unless you have asked it to open the port.",
        "Use 587 with STARTTLS.",
        OPTIONS,
    ),
    "SmtpTlsContradiction": Entry(
        "Two ways of TLS for mail",
        "`smtp.smtp_ssl` goes together with `smtp.smtp_starttls`, or with port 587. A warning.",
        "TLS begins with the first byte or is asked for later, and a port speaks one of both: mail would not be sent.",
        "Set `smtp.smtp_starttls` alone for port 587, `smtp.smtp_ssl` alone for port 465.",
        OPTIONS,
    ),
}
