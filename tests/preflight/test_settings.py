"""Requirements against the version, and sizes against quotas: the rules, without an account."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from mwaa_operator.checks.quotas import ENVIRONMENTS, WEBSERVERS, WORKERS, QuotasCheck
from mwaa_operator.checks.requirements import RequirementsCheck
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.finding import Severity
from mwaa_operator.resources.mwaa import Environment

PLAIN = Environment(
    "first", "arn:aws:iam::123456789012:role/r", "arn:aws:s3:::bucket", "dags", ("subnet-a", "subnet-b"), ("sg-1",)
)


@dataclass(frozen=True)
class Text:
    """Files as S3 has them."""

    written: str

    async def text(self, region: str, bucket: str, key: str, version: str | None) -> str:
        return self.written


async def requirements(text: str, version: str | None = "2.10.3", mode: str | None = "PUBLIC_ONLY") -> list[str]:
    want = replace(PLAIN, requirements_s3_path="requirements.txt", airflow_version=version, webserver_access_mode=mode)
    return [each.code for each in await RequirementsCheck(Text(text)).findings(want, "us-east-1")]


def constraint(version: str) -> str:
    return f'--constraint "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/constraints-3.11.txt"\n'


@pytest.mark.row("A13")
async def test_a_constraint_is_wanted_from_2_7_2_on() -> None:
    for version, codes in (
        ("2.7.2", ["ConstraintMissing"]),
        ("2.6.3", []),
        ("3.0.6", ["ConstraintMissing"]),
        (None, ["ConstraintMissing"]),
    ):
        assert await requirements("pandas==2.2.0\n", version) == codes
    assert await requirements(constraint("2.10.3") + "pandas==2.2.0\n") == []
    assert await requirements("-c constraints.txt\npandas==2.2.0\n") == []
    assert await requirements("--find-links /usr/local/airflow/plugins\n--no-index\npandas\n") == []
    assert await requirements("# nothing yet\n\n") == []


async def test_constraints_of_another_version() -> None:
    assert await requirements(constraint("2.9.2") + "pandas==2.2.0\n") == ["ConstraintOfOtherVersion"]
    assert await requirements(constraint("2.9.2") + "pandas==2.2.0\n", None) == []


@pytest.mark.row("D28", "D147")
async def test_extras_of_another_version() -> None:
    assert await requirements(constraint("2.8.1") + "apache-airflow[x]==2.5.1\n", "2.8.1") == ["ExtrasOfOtherVersion"]
    assert await requirements(constraint("2.8.1") + "apache-airflow[x]==2.8.1\n", "2.8.1") == []


async def test_packages_without_a_version() -> None:
    loose = "pandas\nrequests>=2 # newest\n"
    assert await requirements(loose, "2.6.3") == ["RequirementsNotPinned"]
    assert await requirements(constraint("2.10.3") + loose) == ["RequirementsNotPinned"]
    assert await requirements("tool @ https://example.org/tool-1-py3-none-any.whl\n", "2.6.3") == []


@pytest.mark.row("A50")
async def test_a_private_web_server_wants_wheels() -> None:
    text = constraint("2.10.3") + "pandas==2.2.0\n"
    assert await requirements(text, mode="PRIVATE_ONLY") == ["PrivateWebserverNoInternet"]
    assert await requirements(text) == []
    assert await requirements("--find-links /usr/local/airflow/plugins\n--no-index\npandas\n", mode="PRIVATE_ONLY") == []
    assert await requirements("/usr/local/airflow/plugins/a-1-py3-none-any.whl\n--no-index\n", mode="PRIVATE_ONLY") == []


@pytest.mark.row("B6", "B154", "C78", "D31")
async def test_an_environment_without_an_access_mode_is_private() -> None:
    text = constraint("2.10.3") + "pandas==2.2.0\n"
    assert await requirements(text, mode=None) == ["PrivateWebserverNoInternet"]
    assert await requirements(text, mode="PUBLIC_AND_PRIVATE") == []


async def test_what_is_said_of_the_file_is_said_of_the_field_that_names_it() -> None:
    want = replace(
        PLAIN, requirements_s3_path="requirements.txt", airflow_version="2.8.1", webserver_access_mode="PUBLIC_ONLY"
    )
    text = f"{constraint('2.8.1')}boto3==1.17.54\napache-airflow-providers-http\nwatchtower==1.0.6\n"
    found = await RequirementsCheck(Text(text)).findings(want, "us-east-1")
    assert {each.code for each in found} == {"AlreadyInBaseImage", "ProviderPreinstalled", "WatchtowerReplaced"}
    assert {(each.place, each.severity) for each in found} == {("spec.requirementsS3Path", Severity.WARNING)}


@dataclass(frozen=True)
class Quotas:
    """An account's quotas, or that they may not be read."""

    read: dict[str, int] | None
    used: int = 0
    trouble: Trouble = Trouble.DENIED

    async def names(self, region: str) -> list[str]:
        return [f"e{number}" for number in range(self.used)]

    async def quotas(self, region: str) -> dict[str, int]:
        if self.read is None:
            raise OutsideError(Problem(self.trouble, "AccessDenied", "Allow servicequotas:ListServiceQuotas"))
        return self.read


async def quotas(facts: Quotas, **fields) -> list[tuple[str, Severity]]:
    found = await QuotasCheck(facts).findings(replace(PLAIN, **fields), "us-east-1")
    return [(each.code, each.severity) for each in found]


async def test_web_servers_are_limited_by_the_accounts_own_quota() -> None:
    assert await quotas(Quotas({WEBSERVERS: 5}), max_webservers=6) == [("WebserversOutOfRange", Severity.ERROR)]
    assert (
        await quotas(Quotas({WEBSERVERS: 5}), min_webservers=6, max_webservers=7)
        == [("WebserversOutOfRange", Severity.ERROR)] * 2
    )
    assert await quotas(Quotas({WEBSERVERS: 8}), max_webservers=6) == []


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_service_quotas_holds_up_nothing_whatever_it_answers(trouble) -> None:
    assert await quotas(Quotas(None, trouble=trouble)) == []


async def test_workers_are_limited_by_the_accounts_own_quota() -> None:
    assert await quotas(Quotas({WORKERS: 50}), max_workers=30) == []
    assert await quotas(Quotas({WORKERS: 20}), min_workers=21, max_workers=22) == [("WorkersAboveQuota", Severity.ERROR)] * 2


async def test_of_sizes_nothing_is_said_where_no_quota_was_read() -> None:
    """The catalogue's number has been held against them already: that needs nobody's answer."""
    assert await quotas(Quotas(None), max_workers=30, max_webservers=6) == []


async def test_a_quota_that_was_not_read_only_warns_and_says_why() -> None:
    assert await quotas(Quotas(None, used=10)) == [
        ("EnvironmentQuotaReached", Severity.WARNING),
        ("NotChecked", Severity.NOTICE),
    ]


async def test_the_quota_of_environments() -> None:
    assert await quotas(Quotas({ENVIRONMENTS: 3}, used=2)) == []
    assert await quotas(Quotas({ENVIRONMENTS: 3}, used=3)) == [("EnvironmentQuotaReached", Severity.ERROR)]
    assert await quotas(Quotas({ENVIRONMENTS: 3}, used=3), name="e1") == []
