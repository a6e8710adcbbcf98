"""What is asked for against what MWAA offers: unknown is a warning, what AWS is known to refuse is not sent. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from mwaa_operator.checks.offered import Asked, Present, findings
from mwaa_operator.core.catalogue import BUILT_IN, Catalogue
from mwaa_operator.core.finding import Severity

TODAY = date(2026, 11, 21)
WARNING, ERROR = Severity.WARNING, Severity.ERROR


def found(
    known: Catalogue = BUILT_IN, today: date | None = TODAY, region: str = "us-east-1", **asked: Any
) -> dict[str, tuple[Severity, str]]:
    return {
        each.code: (each.severity, f"{each.where}: {each.message}")
        for each in findings(Asked(region=region, **asked), known, today)
    }


def test_what_is_known_is_fine() -> None:
    assert found(version="3.3.1", size="mw1.large", schedulers=5, max_workers=25, min_webservers=2, max_webservers=5) == {}
    assert found() == {}


@pytest.mark.row("A6", "D101")
def test_an_unknown_version_is_warned_about() -> None:
    severity, text = found(version="2.3.0")["UnknownAirflowVersion"]
    assert severity is WARNING
    assert text == (
        "spec.airflowVersion: the catalogue of 2026-11-21 does not know Airflow 2.3.0. It knows 3.3.1, 3.2.1, 3.0.6, "
        "2.11.2, 2.11.0, 2.10.3, 2.10.1, 2.9.2, 2.8.1, 2.7.2, 2.6.3, 2.5.1, 2.4.3. AWS decides. "
        "Where AWS has it, add it to the catalogue."
    )
    assert "Do you mean 2.10.3?" in found(version="2.10.33")["UnknownAirflowVersion"][1]
    assert found(BUILT_IN.extended('airflowVersions: {"2.3.0": {}}'), version="2.3.0") == {}


@pytest.mark.row("B35")
def test_an_unknown_class_is_warned_about_and_its_numbers_are_not_judged() -> None:
    assert {code: each[0] for code, each in found(size="mw9.huge", schedulers=1, min_webservers=1).items()} == {
        "UnknownEnvironmentClass": WARNING
    }
    _, text = found(size="mw1.smal")["UnknownEnvironmentClass"]
    assert "Do you mean mw1.small? It knows mw1.micro, mw1.small, mw1.medium, mw1.large, " in text


@pytest.mark.row("A7", "D117")
def test_an_unknown_region_is_warned_about() -> None:
    severity, text = found(region="mars-north-1")["UnknownRegion"]
    assert severity is WARNING
    assert "MWAA in mars-north-1" in text
    assert "Do you mean us-east-1?" in found(region="us-esat-1")["UnknownRegion"][1]
    assert len(BUILT_IN.regions) == 15


@pytest.mark.row("B80", "D104")
@pytest.mark.parametrize(
    ("version", "day", "refused"),
    [
        ("2.0.2", date(2023, 11, 22), False),
        ("2.0.2", date(2023, 11, 23), True),
        ("2.2.2", date(2024, 1, 24), False),
        ("2.2.2", date(2024, 1, 25), True),
        ("1.10.12", date(2023, 8, 21), True),
    ],
)
def test_nothing_new_is_made_of_a_version_past_its_limited_support(version: str, day: date, refused: bool) -> None:
    said = found(version=version, today=day)
    assert ("VersionNotCreatable" in said) is refused
    if refused:
        severity, text = said["VersionNotCreatable"]
        assert severity is ERROR
        assert str(BUILT_IN.versions[version].limitedSupport) in text
    own = f'airflowVersions: {{"{version}": {{python: "3.7"}}}}'
    assert "VersionNotCreatable" not in found(BUILT_IN.extended(own), version=version, today=day)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2023, 10, 26), None),
        (date(2023, 10, 27), "LimitedSupportSoon"),
        (date(2024, 1, 25), "LimitedSupport"),
        (date(2024, 6, 26), "LimitedSupport"),
        (date(2024, 6, 27), "EndOfSupport"),
    ],
)
def test_what_exists_goes_on_with_a_warning(day: date, code: str | None) -> None:
    said = found(version="2.2.2", today=day, exists=True)
    assert {name: each[0] for name, each in said.items()} == ({code: WARNING} if code else {})


def test_without_a_calendar_nothing_is_said_of_support() -> None:
    assert found(version="2.0.2", today=None) == {}


@pytest.mark.row("B39")
@pytest.mark.parametrize(
    ("size", "number", "fine"), [("mw1.small", 1, False), ("mw1.small", 5, True), ("mw1.micro", 1, True)]
)
def test_schedulers_fit_their_class(size: str, number: int, fine: bool) -> None:
    said = found(size=size, schedulers=number)
    assert said.get("SchedulersOutOfRange", (None,))[0] is (None if fine else ERROR)


SMALL, MICRO = Present("mw1.small", 2, 2, 2), Present("mw1.micro", 1, 1, 1)


@pytest.mark.parametrize(
    ("present", "asked", "fix"),
    [
        (SMALL, {"size": "mw1.micro"}, "Set schedulers: 1, minWebservers: 1, maxWebservers: 1, together with the class."),
        (
            SMALL,
            {"size": "mw1.micro", "schedulers": 1, "min_webservers": 1},
            "Set maxWebservers: 1, together with the class.",
        ),
        (SMALL, {"size": "mw1.micro", "version": "2.0.2"}, "Set schedulers: 1, together with the class."),
        (SMALL, {"size": "mw1.micro", "schedulers": 1, "min_webservers": 1, "max_webservers": 1}, None),
        (MICRO, {"size": "mw1.medium"}, "Set schedulers: 2, minWebservers: 2, maxWebservers: 2, together with the class."),
        (SMALL, {"size": "mw1.large"}, None),
        (SMALL, {"size": "mw9.huge"}, None),
        (Present(), {"size": "mw1.micro"}, None),
        # AWS has taken what it has, whatever the catalogue says of it
        (Present("mw1.micro", 2, 2, 2), {"size": "mw1.micro"}, None),
    ],
)
def test_a_change_of_class_takes_the_numbers_along(present: Present, asked: dict[str, Any], fix: str | None) -> None:
    severity, text = found(present=present, exists=True, today=None, **asked).get("NumbersOfOtherClass", (None, ""))
    assert severity is (ERROR if fix else None)
    assert text.startswith(f"spec.environmentClass: {asked['size']} does not take" if fix else "")
    assert text.endswith(fix or "")


@pytest.mark.row("B43")
def test_workers_above_the_usual_quota_are_warned_about_and_above_the_own_one_refused() -> None:
    assert found(max_workers=25) == {}
    severity, text = found(max_workers=26)["WorkersAboveQuota"]
    assert (severity, "the usual quota of 25" in text) == (WARNING, True)
    own = BUILT_IN.extended("quotas: {workers: 50}")
    assert found(own, max_workers=50) == {}
    severity, text = found(own, max_workers=51)["WorkersAboveQuota"]
    assert (severity, "more than the quota of 50" in text) == (ERROR, True)


@pytest.mark.row("D114")
def test_a_declared_quota_decides() -> None:
    assert found(BUILT_IN.extended("quotas: {workers: 25}"), max_workers=30)["WorkersAboveQuota"][0] is ERROR
    assert found(BUILT_IN.extended("quotas: {workers: 50}"), max_workers=30) == {}


@pytest.mark.row("B53")
@pytest.mark.parametrize(
    ("size", "number", "fine"),
    [
        ("mw1.small", 1, False),
        ("mw1.small", 2, True),
        ("mw1.small", 5, True),
        ("mw1.small", 6, False),
        ("mw1.micro", 1, True),
        ("mw1.micro", 2, False),
    ],
)
def test_web_servers_fit_their_class(size: str, number: int, fine: bool) -> None:
    for field in ("min_webservers", "max_webservers"):
        said = found(BUILT_IN.extended("quotas: {webservers: 5}"), size=size, **{field: number})
        assert said.get("WebserversOutOfRange", (None,))[0] is (None if fine else ERROR)


@pytest.mark.row("B171")
def test_web_servers_need_their_version_and_their_quota() -> None:
    severity, text = found(version="2.0.2", today=date(2022, 1, 1), min_webservers=2)["WebserversOutOfRange"]
    assert (severity, "2.2.2" in text) == (ERROR, True)
    six = {"version": "2.10.3", "size": "mw1.small", "max_webservers": 6}
    assert found(BUILT_IN.extended("quotas: {webservers: 5}"), **six)["WebserversOutOfRange"][0] is ERROR
    assert found(BUILT_IN.extended("quotas: {webservers: 8}"), **six) == {}
    severity, text = found(**six)["WebserversOutOfRange"]
    assert (severity, "the usual quota of 5" in text) == (WARNING, True), "AWS may have granted more"


def test_both_ways_in_need_their_version() -> None:
    assert found(version="3.0.6", access_mode="PUBLIC_AND_PRIVATE")["AccessModeNeedsVersion"][0] is ERROR
    assert found(version="3.2.1", access_mode="PUBLIC_AND_PRIVATE") == {}
    assert found(access_mode="PUBLIC_AND_PRIVATE") == {}, "AWS's newest has it"


@pytest.mark.row("A14")
def test_a_web_server_that_installs_nothing_is_told_of() -> None:
    early = replace(BUILT_IN, versions={})
    assert "WebserverInstallsNothing" in found(early, version="2.0.2", has_plugins=True)
    assert "WebserverInstallsNothing" not in found(early, version="2.2.2", has_plugins=True)
