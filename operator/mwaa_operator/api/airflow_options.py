"""Options of Airflow in the forms in which they can be declared: as they are, from Secrets, typed, and e-mail as a block.

All of them end in one map, `AirflowConfigurationOptions` of the API (guide 02, section 6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from .rule import Rule, matching, quoted
from .shared import ApiModel, ObjectName

_NAME = r"[a-z][a-z0-9_]*\.[a-z0-9._]*[a-z0-9_]"
_VALUE = "[ -~]+"
_AUTOSCALE = "[0-9]{1,5},[0-9]{1,5}"
_NAMES = Rule(
    f"self.all(key, size(key) <= 64 && key.matches({quoted(f'^{_NAME}$')}))",
    "an option is named `section.option` in at most 64 lower-case letters, digits, '_' and '.'",
    lambda options: all(len(key) <= 64 and re.fullmatch(_NAME, key) for key in options),
)

OptionMap = Annotated[
    Mapping[str, Annotated[str, Field(min_length=1, max_length=65536)]],
    Field(max_length=150, repr=False),
    _NAMES,
    Rule(
        f"self.all(key, self[key].matches({quoted(f'^{_VALUE}$')}))",
        "the value of an option is at least one character of ASCII without line breaks: write JSON in one line",
        lambda options: all(re.fullmatch(_VALUE, value) for value in options.values()),
    ),
]


def is_value(text: str) -> bool:
    """Tell whether a text can be an option's value (API shape ConfigValue)."""
    return re.fullmatch(_VALUE, text) is not None and len(text) <= 65536


class SecretKey(ApiModel):
    """One entry of a Secret in the object's namespace."""

    name: ObjectName
    """The name of the Secret."""
    key: Annotated[
        str,
        Field(min_length=1, max_length=253),
        matching("[-._a-zA-Z0-9]+", "must be a key of a Secret, such as `password`"),
    ]
    """The entry of its `data`."""


class ValueSource(ApiModel):
    """Where a value comes from that must not stand in the manifest."""

    secret_key_ref: SecretKey
    """An entry of a Secret."""


OptionSources = Annotated[Mapping[str, ValueSource], Field(max_length=150), _NAMES]


@dataclass(frozen=True)
class Option:
    """Marks a field as a short-cut for an option of Airflow."""

    name: str


_Seconds = Annotated[int, Field(ge=0, le=31536000)]
_Count = Annotated[int, Field(ge=1, le=1000000)]


class AirflowOptions(ApiModel):
    """Short-cuts with types for the options that the AWS guide lists. What is left out is not sent."""

    default_task_retries: Annotated[int | None, Option("core.default_task_retries"), Field(ge=0, le=1000)] = None
    """`core.default_task_retries`: how often a task is tried again."""
    parallelism: Annotated[_Count | None, Option("core.parallelism")] = None
    """`core.parallelism`: the most task instances that run at once."""
    dag_concurrency: Annotated[_Count | None, Option("core.dag_concurrency")] = None
    """`core.dag_concurrency`: the most task instances of one DAG that run at once."""
    execute_tasks_new_python_interpreter: Annotated[bool | None, Option("core.execute_tasks_new_python_interpreter")] = None
    """`core.execute_tasks_new_python_interpreter`: a new Python process for each task instead of a fork."""
    lazy_load_plugins: Annotated[bool | None, Option("core.lazy_load_plugins")] = None
    """`core.lazy_load_plugins`: with plugins on Airflow 2 it must be false, and is when it is left out."""
    dag_file_processor_timeout: Annotated[_Seconds | None, Option("core.dag_file_processor_timeout")] = None
    """`core.dag_file_processor_timeout`: seconds for one DAG file."""
    dagbag_import_timeout: Annotated[_Seconds | None, Option("core.dagbag_import_timeout")] = None
    """`core.dagbag_import_timeout`: seconds for importing one Python file; less than `dagFileProcessorTimeout`."""
    min_serialized_dag_update_interval: Annotated[_Seconds | None, Option("core.min_serialized_dag_update_interval")] = None
    """`core.min_serialized_dag_update_interval`: seconds between two writes of a serialized DAG."""
    min_serialized_dag_fetch_interval: Annotated[_Seconds | None, Option("core.min_serialized_dag_fetch_interval")] = None
    """`core.min_serialized_dag_fetch_interval`: seconds between two reads of a serialized DAG."""
    catchup_by_default: Annotated[bool | None, Option("scheduler.catchup_by_default")] = None
    """`scheduler.catchup_by_default`: create runs for the past."""
    scheduler_zombie_task_threshold: Annotated[_Seconds | None, Option("scheduler.scheduler_zombie_task_threshold")] = None
    """`scheduler.scheduler_zombie_task_threshold`: seconds after which a silent task instance has failed."""
    dag_dir_list_interval: Annotated[_Seconds | None, Option("scheduler.dag_dir_list_interval")] = None
    """`scheduler.dag_dir_list_interval`: seconds between two looks for new DAG files."""
    min_file_process_interval: Annotated[_Seconds | None, Option("scheduler.min_file_process_interval")] = None
    """`scheduler.min_file_process_interval`: seconds before the same file is parsed again."""
    processor_poll_interval: Annotated[_Seconds | None, Option("scheduler.processor_poll_interval")] = None
    """`scheduler.processor_poll_interval`: seconds between two passes of the scheduler over the DAG files."""
    max_dagruns_to_create_per_loop: Annotated[_Count | None, Option("scheduler.max_dagruns_to_create_per_loop")] = None
    """`scheduler.max_dagruns_to_create_per_loop`: the most DAG runs that one loop of the scheduler creates."""
    max_dagruns_per_loop_to_schedule: Annotated[_Count | None, Option("scheduler.max_dagruns_per_loop_to_schedule")] = None
    """`scheduler.max_dagruns_per_loop_to_schedule`: the most DAG runs that one loop of the scheduler looks at."""
    parsing_processes: Annotated[_Count | None, Option("scheduler.parsing_processes")] = None
    """`scheduler.parsing_processes`: processes that parse DAG files side by side."""
    sync_parallelism: Annotated[int | None, Option("celery.sync_parallelism"), Field(ge=0, le=1000)] = None
    """`celery.sync_parallelism`: processes that ask for the state of tasks; 0 may lose task logs."""
    worker_autoscale: Annotated[
        Annotated[
            str,
            Field(max_length=64),
            Rule(
                f"self.matches({quoted(f'^{_AUTOSCALE}$')}) && int(self.split(',')[0]) >= int(self.split(',')[1])",
                "must be the most and the fewest tasks of a worker, such as `16,12`",
                lambda pair: (
                    re.fullmatch(_AUTOSCALE, pair) is not None and int(pair.split(",")[0]) >= int(pair.split(",")[1])
                ),
            ),
        ]
        | None,
        Option("celery.worker_autoscale"),
    ] = None
    """`celery.worker_autoscale`: the most and the fewest tasks of a worker, in this order, such as `16,12`."""
    default_ui_timezone: Annotated[
        Annotated[
            str,
            Field(max_length=64),
            matching("[A-Za-z0-9_+/-]+", "must be a name of the IANA time zone database, such as `Europe/Berlin`"),
        ]
        | None,
        Option("webserver.default_ui_timezone"),
    ] = None
    """`webserver.default_ui_timezone`: the time zone of the user interface. The schedules of DAGs do not change."""
    expose_config: Annotated[bool | None, Option("webserver.expose_config")] = None
    """`webserver.expose_config`: show Airflow's configuration in its user interface, to all who may open it."""
    triggerer_enabled: Annotated[bool | None, Option("mwaa.triggerer_enabled")] = None
    """`mwaa.triggerer_enabled`: run triggerers beside the schedulers (Airflow 2.7 and later)."""
    triggerer_default_capacity: Annotated[_Count | None, Option("triggerer.default_capacity")] = None
    """`triggerer.default_capacity`: triggers that one triggerer runs (Airflow 2.7 and later)."""


class Email(ApiModel):
    """How Airflow sends e-mail: the options of the sections `smtp` and `email`."""

    host: Annotated[str, Option("smtp.smtp_host"), Field(min_length=1, max_length=255)]
    """`smtp.smtp_host`: the server for outgoing mail."""
    port: Annotated[int, Option("smtp.smtp_port"), Field(ge=1, le=65535)] = 587
    """`smtp.smtp_port`. AWS blocks port 25."""
    from_: Annotated[str, Option("smtp.smtp_mail_from"), Field(min_length=1, max_length=320, alias="from")]
    """`smtp.smtp_mail_from`: the sender."""
    start_tls: Annotated[bool, Option("smtp.smtp_starttls")] = True
    """`smtp.smtp_starttls`: begin in plain text and change to TLS, as port 587 wants it."""
    ssl: Annotated[bool, Option("smtp.smtp_ssl")] = False
    """`smtp.smtp_ssl`: TLS from the first byte, as port 465 wants it."""
    user: Annotated[str | None, Option("smtp.smtp_user"), Field(min_length=1, max_length=320)] = None
    """`smtp.smtp_user`: who signs in."""
    user_from: Annotated[ValueSource | None, Option("smtp.smtp_user")] = None
    """Instead of `user`: the Secret that has it."""
    password_from: Annotated[ValueSource | None, Option("smtp.smtp_password")] = None
    """`smtp.smtp_password`: the Secret that has the password."""
    backend: Annotated[str | None, Option("email.email_backend"), Field(min_length=1, max_length=1024)] = None
    """`email.email_backend`: the Python function that sends. Left out: Airflow's own for SMTP."""

    RULES = (
        Rule(
            "!has(self.user) || !has(self.userFrom)",
            "give user or userFrom, not both",
            lambda email: email.user is None or email.user_from is None,
            "user",
        ),
    )


def short_cuts(block: AirflowOptions | Email | None) -> Iterator[tuple[str, str, Any]]:
    """Give the field, the option and the value of every short-cut that is used."""
    if block is None:
        return
    for name, field in type(block).model_fields.items():
        value = getattr(block, name)
        for mark in field.metadata:
            if isinstance(mark, Option) and value is not None:
                yield str(field.alias), mark.name, value


def text(value: object) -> str:
    """Write a value as an option has it: AWS knows strings only."""
    return str(value)


def not_empty(block: str, model: type[AirflowOptions]) -> Rule:
    """Make the rule that a block of short-cuts has one: the API server drops a misspelt name, and AWS's options with it."""
    used = " || ".join(f"has(self.{block}.{field.alias})" for field in model.model_fields.values())
    return Rule(
        f"!has(self.{block}) || {used}",
        f"has none of its fields: correct the name of the option, or take {block} out. To take all options away, write "
        "airflowConfigurationOptions: {}",
        lambda spec: getattr(spec, block) is None or any(short_cuts(getattr(spec, block))),
        block,
    )


def given_once(block: str, model: type[AirflowOptions] | type[Email]) -> Rule:
    """Make the rule that no option is given as a short-cut and in a map as well."""
    pairs = [
        (str(field.alias), mark.name, field.is_required() or field.default is not None)
        for field in model.model_fields.values()
        for mark in field.metadata
        if isinstance(mark, Option)
    ]
    used = ", ".join(
        quoted(option) if always else f"has(self.{block}.{alias}) ? {quoted(option)} : ''" for alias, option, always in pairs
    )
    maps = " || ".join(
        f"(has(self.{each}) && option in self.{each})"
        for each in ("airflowConfigurationOptions", "airflowConfigurationOptionsFrom")
    )

    def check(spec: Any) -> bool:
        taken = {option for _, option, _ in short_cuts(getattr(spec, block))}
        return not taken & {*spec.airflow_configuration_options, *spec.airflow_configuration_options_from}

    return Rule(
        f"!has(self.{block}) || ![{used}].exists(option, {maps})",
        f"an option is given by a field of {block} and in airflowConfigurationOptions or airflowConfigurationOptionsFrom "
        "as well: keep one of them",
        check,
        block,
    )
