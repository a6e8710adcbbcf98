"""Airflow's configuration options against what MWAA allows and the version knows (guide part 2, sections 6 and 9.1).

Values may be secrets: a finding names the option and never its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from ..core.finding import Finding, Severity
from ..core.part import Late, Model
from ..core.secret import Secret
from ..resources.mwaa import Environment
from .version import before, version

WHERE = "spec.airflowConfigurationOptions"
RESERVED = frozenset(
    {
        "celery.broker_url",
        "celery.default_queue",
        "celery.result_backend",
        "celery_broker_transport_options.predefined_queues",
        "celery_broker_transport_options.region",
        "celery_broker_transport_options.visibility_timeout",
        "core.executor",
        "core.fernet_key",
        "core.load_examples",
        "core.sql_alchemy_conn",
        "database.sql_alchemy_conn",
        "metrics.statsd_host",
        "metrics.statsd_on",
        "metrics.statsd_port",
        "metrics.statsd_prefix",
        "operators.default_queue",
        "scheduler.allowed_run_id_pattern",
        "webserver.base_url",
        "webserver.secret_key",
    }
)
"""The guide's reserved variables without those that it tells people to set as options."""
IGNORED = {"celery.worker_concurrency": "celery.worker_autoscale"}
"""Options that MWAA overrides, and what does the same."""
SINCE = {"mwaa.triggerer_enabled": "2.7.0", "triggerer.default_capacity": "2.7.0"}
UNTIL = {"core.dag_concurrency": ("3.0.0", "core.max_active_tasks_per_dag")}
"""Options that a version no longer knows, and what took their place."""
SECTIONS = frozenset(
    {
        "api",
        "api_auth",
        "atlas",
        "aws",
        "aws_auth_manager",
        "aws_batch_executor",
        "aws_ecs_executor",
        "aws_lambda_executor",
        "azure_remote_logging",
        "celery",
        "celery_broker_transport_options",
        "celery_kubernetes_executor",
        "celery_result_backend_transport_options",
        "cli",
        "common.io",
        "core",
        "dag_processor",
        "database",
        "debug",
        "edge",
        "elasticsearch",
        "elasticsearch_configs",
        "email",
        "execution_api",
        "fab",
        "hive",
        "imap",
        "kerberos",
        "kubernetes",
        "kubernetes_environment_variables",
        "kubernetes_executor",
        "kubernetes_secrets",
        "ldap",
        "lineage",
        "local_kubernetes_executor",
        "logging",
        "metrics",
        "mwaa",
        "openlineage",
        "opensearch",
        "opensearch_configs",
        "operators",
        "profiling",
        "providers",
        "scheduler",
        "secrets",
        "sensors",
        "sentry",
        "smart_sensor",
        "smtp",
        "standard",
        "traces",
        "triggerer",
        "usage_data_collection",
        "webserver",
        "workers",
    }
)
"""Sections that Airflow 2 or 3, its common providers or MWAA read (their configuration references, 2026)."""


class OptionsCheck:
    """Looks at the options; there is nothing to ask AWS about them."""

    NAME: ClassVar[str] = "options"

    async def findings(self, model: Model, region: str) -> Sequence[Finding]:
        """Name every option that AWS refuses, ignores, or that does not mean anything to this version.

        Raises:
            TypeError: the model is no environment.
        """
        if not isinstance(model, Environment):
            raise TypeError(f"{type(model).__name__} is not an environment")
        options = model.airflow_configuration_options
        given = (
            {} if options is None or isinstance(options, Late) else {name: _value(value) for name, value in options.items()}
        )
        return (*(finding for rule in RULES for finding in rule(model, given)), *_logs(model))


def _value(value: str | Secret) -> str:
    return value.value if isinstance(value, Secret) else value


def _refused(want: Environment, options: Mapping[str, str]) -> Iterator[Finding]:
    for option in sorted(RESERVED & options.keys()):
        yield Finding(
            "OptionReserved",
            f"{WHERE}[{option}]",
            f"{option} belongs to MWAA, which sets it itself. Take it out.",
        )
    for option in sorted(IGNORED.keys() & options.keys()):
        yield Finding(
            "OptionIgnored",
            f"{WHERE}[{option}]",
            f"MWAA ignores {option}, whatever it is. Take it out, and use {IGNORED[option]} instead.",
            Severity.WARNING,
        )


def _of_version(want: Environment, options: Mapping[str, str]) -> Iterator[Finding]:
    for option in sorted(options):
        if (since := SINCE.get(option)) and before(want.airflow_version, since):
            yield Finding(
                "OptionOfOtherVersion",
                f"{WHERE}[{option}]",
                f"{option} came with Airflow {since}, and this is {want.airflow_version}: it does nothing. Take it out.",
                Severity.WARNING,
            )
        if option in UNTIL and version(want.airflow_version) and not before(want.airflow_version, UNTIL[option][0]):
            yield Finding(
                "OptionOfOtherVersion",
                f"{WHERE}[{option}]",
                f"Airflow {want.airflow_version} knows no {option}. Use {UNTIL[option][1]} instead.",
                Severity.WARNING,
            )


def _unknown(want: Environment, options: Mapping[str, str]) -> Iterator[Finding]:
    for option in sorted(options):
        section, dot, _ = option.rpartition(".")
        if not dot or section not in SECTIONS:
            yield Finding(
                "OptionSectionUnknown",
                f"{WHERE}[{option}]",
                f"Airflow has no section {section or option!r}: the option is right only if your own code or a provider "
                "reads it. Correct the name if it is meant for Airflow (`section.option`).",
                Severity.WARNING,
            )


def _known_traps(want: Environment, options: Mapping[str, str]) -> Iterator[Finding]:
    plugins = getattr(want, "plugins_s3_path", None)
    old = not version(want.airflow_version) or (version(want.airflow_version) or (0,))[0] == 2
    if plugins and old and want.airflow_version and options.get("core.lazy_load_plugins", "").lower() != "false":
        yield Finding(
            "PluginsLoadedLazily",
            f"{WHERE}[core.lazy_load_plugins]",
            "there are plugins, and Airflow 2 loads them only when they are used. Set core.lazy_load_plugins to 'False', "
            "so that they are loaded with each process.",
            Severity.WARNING,
        )
    if options.get("smtp.smtp_port") == "25":
        yield Finding(
            "SmtpPortBlocked",
            f"{WHERE}[smtp.smtp_port]",
            "AWS blocks outgoing mail on this port by default. Use 587.",
            Severity.WARNING,
        )


RULES: tuple[Callable[[Environment, Mapping[str, str]], Iterator[Finding]], ...] = (
    _refused,
    _of_version,
    _unknown,
    _known_traps,
)


def _logs(want: Environment) -> Iterator[Finding]:
    tasks = (want.logging_configuration or {}).get("TaskLogs")
    if tasks and (not tasks.get("Enabled", True) or tasks.get("LogLevel") in ("WARNING", "ERROR", "CRITICAL")):
        yield Finding(
            "TaskLogsTooQuiet",
            "spec.loggingConfiguration.taskLogs",
            "Airflow's pages show the logs of tasks only where they are sent at INFO. Enable them, with logLevel INFO.",
            Severity.WARNING,
        )
