"""Options that no Airflow reads, and values that it cannot read: AWS takes them all, so only a warning comes before them."""

from __future__ import annotations

import pytest

from mwaa_operator.checks.option_spelling import names, values
from mwaa_operator.core.catalogue import BUILT_IN
from mwaa_operator.core.catalogue.known_options import known_options
from mwaa_operator.core.finding import Severity


@pytest.mark.parametrize(
    ("option", "version", "says"),
    [
        ("core.defualt_timezone", "3.3.1", "Airflow 3.3.1 has no option core.defualt_timezone: "),
        ("core.defualt_timezone", "3.3.1", "Do you mean core.default_timezone?"),
        ("core.defualt_timezone", "", "Airflow has no option"),
        # a patch release that the list does not have is judged by its major version
        ("core.defualt_timezone", "2.10.5", "Airflow has no option"),
        ("core.bogus", "2.10.3", "Correct the name, or take it out."),
        ("core.job_heartbeat_sec", "2.10.3", "Do you mean scheduler.job_heartbeat_sec?"),
        ("core.check_slas", "3.3.1", "has no option core.check_slas, which is one of 2.0.2 to 2.11.2"),
        (
            "smtp.smtp_user",
            "3.3.1",
            "which is one of 2.0.2 to 2.11.2: AWS would restart the environment for it, and nothing ",
        ),
        ("smtp.smtp_user", "3.3.1", "would read it. Correct the name, or take it out."),
        ("triggerer.queues_enabled", "2.11.2", "which is one of 3.2.1 to 3.3.1"),
    ],
)
def test_a_name_that_airflow_does_not_have_is_warned_about(option: str, version: str, says: str) -> None:
    [finding] = names(frozenset({option}), version, known_options(), BUILT_IN)
    assert (finding.code, finding.severity) == ("OptionUnknown", Severity.WARNING)
    assert finding.where == f"spec.airflowConfigurationOptions[{option}]"
    assert says in finding.message


@pytest.mark.parametrize(
    ("option", "version"),
    [
        ("core.default_timezone", "2.10.3"),
        ("core.max_active_runs_per_dag", "3.3.1"),
        # an older name that Airflow still reads
        ("scheduler.dag_dir_list_interval", "3.0.6"),
        ("core.sql_alchemy_pool_size", "2.10.3"),
        # described in no file of Airflow, and read by its code
        ("webserver.session_lifetime_days", "2.10.3"),
        ("database.sql_alchemy_conn_cmd", "2.10.3"),
        # of providers, of MWAA, of the user, passed on whole, of a version that nobody knows
        ("celery.anything", "2.10.3"),
        ("mwaa.anything", "2.10.3"),
        ("foo.user", "2.10.3"),
        ("sentry.release", "2.10.3"),
        ("core.bogus", "9.9.9"),
        # findings of their own
        ("core.default_ui_timezone", "2.10.3"),
    ],
)
def test_what_airflow_may_read_is_fine(option: str, version: str) -> None:
    assert [*names(frozenset({option}), version, known_options(), BUILT_IN)] == []


def test_what_the_administrator_has_added_is_fine() -> None:
    own = BUILT_IN.extended("options: {core.bogus: {}}")
    assert [*names(frozenset({"core.bogus"}), "2.10.3", known_options(), own)] == []


@pytest.mark.parametrize("version", sorted(known_options().versions))
def test_all_options_of_a_known_version_are_fine(version: str) -> None:
    has = frozenset(name for name, option in known_options().options.items() if version in option.versions)
    assert len(has) > 200
    assert [*names(has, version, known_options(), BUILT_IN)] == []


@pytest.mark.parametrize(
    ("option", "value", "fine"),
    [
        ("core.parallelism", "abc", False),
        ("core.parallelism", "40", True),
        ("core.parallelism", "4.5", False),
        ("core.dagbag_import_timeout", "4.5", True),
        ("core.dagbag_import_timeout", "4,5", False),
        ("core.load_examples", "yes", False),
        ("core.load_examples", "FALSE # none", True),
        ("core.default_timezone", "abc", True),
        ("core.bogus", "abc", True),
    ],
)
def test_a_value_has_the_type_of_its_option(option: str, value: str, fine: bool) -> None:
    found = [*values({option: value}, known_options())]
    assert [(each.code, each.severity) for each in found] == ([] if fine else [("OptionValueOfOtherType", Severity.WARNING)])
    assert fine or (value not in found[0].message and option in found[0].message)


def test_the_list_has_the_versions_that_mwaa_offers() -> None:
    assert {*BUILT_IN.versions} - {*known_options().versions} == {"1.10.12"}
