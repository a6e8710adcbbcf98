"""Options that do not do what they seem to say. Pure."""

from __future__ import annotations

from datetime import date

import pytest

from mwaa_operator.checks.airflow_options import findings
from mwaa_operator.core.catalogue import BUILT_IN, Catalogue
from mwaa_operator.core.finding import Severity


def found(
    version: str = "2.10.3", size: str = "mw1.small", known: Catalogue = BUILT_IN, **options: str
) -> dict[str, tuple[str, str]]:
    """Give codes with severity and message; `a__b` stands for `a.b`."""
    values = {name.replace("__", "."): value for name, value in options.items()}
    return {
        each.code: (each.severity.value, f"{each.where}: {each.message}")
        for each in findings(frozenset(values), values, version, size, known)
    }


def test_ordinary_options_are_fine() -> None:
    assert found(core__parallelism="40", foo__user="me", celery__worker_autoscale="5,5") == {}


@pytest.mark.row("B62")
@pytest.mark.parametrize("option", ["core.fernet_key", "core.executor", "celery.broker_url", "metrics.statsd_host"])
def test_what_mwaa_keeps_for_itself_is_refused(option: str) -> None:
    [(severity, text)] = found(**{option: "x"}).values()
    assert severity == "Error"
    assert text.startswith(f"spec.airflowConfigurationOptions[{option}]: it cannot be set on MWAA: ")
    assert found(core__parallelism="1", metrics__metrics_allow_list="scheduler") == {}


@pytest.mark.row("B63", "D18")
def test_an_option_that_is_ignored_is_told_of() -> None:
    severity, text = found(celery__worker_concurrency="4")["OptionIgnored"]
    assert severity == "Warning"
    assert "celery.worker_autoscale" in text


@pytest.mark.row("D182")
def test_the_old_name_of_the_time_zone_is_told_of() -> None:
    severity, text = found(core__default_ui_timezone="Europe/Berlin")["OptionIgnored"]
    assert (severity, "webserver.default_ui_timezone" in text) == ("Warning", True)


@pytest.mark.row("D21", "B72")
@pytest.mark.parametrize(
    ("option", "version", "instead"),
    [
        ("scheduler.max_threads", "2.0.2", "scheduler.parsing_processes"),
        ("mwaa.triggerer_enabled", "2.6.3", "Take it out"),
        ("triggerer.default_capacity", "2.6.3", "Take it out"),
        ("metrics.metrics_allow_list", "2.5.1", "metrics.statsd_allow_list"),
        ("metrics.statsd_block_list", "2.6.3", "metrics.metrics_block_list"),
    ],
)
def test_options_of_another_version_are_told_of(option: str, version: str, instead: str) -> None:
    severity, text = found(version, **{option: "1"})["OptionUnknownToVersion"]
    assert (severity, instead in text) == ("Warning", True)
    assert found("", **{option: "1"}) == {}, "nothing is said where the version is not known"


def test_options_of_this_version_are_fine() -> None:
    assert found("2.7.2", mwaa__triggerer_enabled="True", metrics__metrics_allow_list="x") == {}


def test_a_misspelt_section_is_told_of() -> None:
    assert "mwaa.triggerer_enabled" in found(mwa__triggerer_enabled="False")["OptionIgnored"][1]


@pytest.mark.row("D12", "B41")
@pytest.mark.parametrize(
    ("size", "number", "warned"),
    [
        ("mw1.small", "2", True),
        ("mw1.small", "1", False),
        ("mw1.medium", "4", True),
        ("mw1.large", "7", False),
        ("mw1.large", "8", True),
        ("mw9.huge", "99", False),
    ],
)
def test_parsing_processes_leave_a_thread_to_the_scheduler(size: str, number: str, warned: bool) -> None:
    said = found(size=size, scheduler__parsing_processes=number)
    assert ("ParsingProcessesAboveClass" in said) is warned
    assert {severity for severity, _ in said.values()} <= {"Warning"}


@pytest.mark.row("D15")
@pytest.mark.parametrize(
    ("options", "both"),
    [
        ({"core__dagbag_import_timeout": "50"}, ("is 50 s", "is 50 s")),
        ({"core__dag_file_processor_timeout": "30"}, ("is 30 s", "is 30 s")),
        ({"core__dagbag_import_timeout": "90", "core__dag_file_processor_timeout": "60"}, ("is 90 s", "is 60 s")),
        ({"core__dagbag_import_timeout": "49"}, None),
        ({}, None),
    ],
)
def test_importing_ends_before_processing(options: dict[str, str], both: tuple[str, str] | None) -> None:
    said = found(**options).get("ImportTimeoutTooLong")
    assert bool(said) is bool(both)
    if said and both:
        assert both[0] in said[1]
        assert both[1] in said[1]


@pytest.mark.row("D16")
def test_serialized_dags_are_read_less_often_than_written_where_either_is_set() -> None:
    fetch, update = "core__min_serialized_dag_fetch_interval", "core__min_serialized_dag_update_interval"
    assert found() == {}
    assert "SerializedDagIntervals" in found(**{fetch: "20", update: "30"})
    assert "SerializedDagIntervals" in found(**{fetch: "30"})
    assert found(**{fetch: "40", update: "30"}) == {}


@pytest.mark.row("B50")
@pytest.mark.parametrize(("value", "fine"), [("20,5", True), ("5", False), ("5,20", False), ("a,b", False)])
def test_the_most_tasks_come_first(value: str, fine: bool) -> None:
    said = found(size="mw1.large", celery__worker_autoscale=value)
    assert said.get("WorkerAutoscaleUnfit", ("",))[0] == ("" if fine else "Error")


@pytest.mark.row("B50")
def test_more_tasks_than_the_classs_own_are_told_of() -> None:
    severity, text = found(celery__worker_autoscale="6,0")["WorkerAutoscaleAboveClass"]
    assert (severity, "takes 5 tasks by default" in text) == ("Warning", True)
    assert found(celery__worker_autoscale="5,0") == {}


def test_logs_that_may_get_lost_are_told_of() -> None:
    assert found(celery__sync_parallelism="0")["TaskLogDelivery"][0] == Severity.WARNING.value


@pytest.mark.row("B69")
def test_port_25_is_told_of() -> None:
    assert "587" in found(smtp__smtp_port="25")["SmtpPortBlocked"][1]
    assert found(smtp__smtp_port="587") == {}


@pytest.mark.row("B70")
@pytest.mark.parametrize(
    ("port", "ssl", "starttls", "warned"),
    [
        ("587", "True", "True", True),
        ("465", "True", "True", True),
        ("587", "True", "False", True),
        ("465", "True", "False", False),
        ("587", "False", "True", False),
    ],
)
def test_two_ways_of_tls_are_told_of(port: str, ssl: str, starttls: str, warned: bool) -> None:
    said = found(smtp__smtp_port=port, smtp__smtp_ssl=ssl, smtp__smtp_starttls=starttls)
    assert said.get("SmtpTlsContradiction", ("",))[0] == ("Warning" if warned else "")


def test_an_empty_catalogue_still_knows_what_contradicts_itself() -> None:
    assert found(known=Catalogue(date.min), smtp__smtp_port="25").keys() == {"SmtpPortBlocked"}
