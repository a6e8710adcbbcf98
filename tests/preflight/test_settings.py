"""Options, sizes and requirements against the version: rules that need no account."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from mwaa_operator.checks.options import OptionsCheck
from mwaa_operator.checks.quotas import ENVIRONMENTS, WEBSERVERS, WORKERS, QuotasCheck
from mwaa_operator.checks.requirements import RequirementsCheck
from mwaa_operator.core.errors import OutsideError, Problem, Trouble
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.resources.mwaa import Environment

PLAIN = Environment(
    "first", "arn:aws:iam::123456789012:role/r", "arn:aws:s3:::bucket", "dags", ("subnet-a", "subnet-b"), ("sg-1",)
)


async def options(given: dict[str, str], version: str | None = "2.10.3", **fields) -> list[Finding]:
    want = replace(PLAIN, airflow_version=version, airflow_configuration_options=given, **fields)
    return list(await OptionsCheck().findings(want, "us-east-1"))


@pytest.mark.parametrize(
    ("given", "version", "code", "severity"),
    [
        ({"core.fernet_key": "s3cret"}, None, "OptionReserved", Severity.ERROR),
        ({"webserver.base_url": "s3cret"}, "2.10.3", "OptionReserved", Severity.ERROR),
        ({"metrics.statsd_host": "s3cret"}, "2.10.3", "OptionReserved", Severity.ERROR),
        ({"celery.worker_concurrency": "16"}, "2.10.3", "OptionIgnored", Severity.WARNING),
        ({"mwaa.triggerer_enabled": "True"}, "2.6.3", "OptionOfOtherVersion", Severity.WARNING),
        ({"triggerer.default_capacity": "60"}, "2.6.3", "OptionOfOtherVersion", Severity.WARNING),
        ({"core.dag_concurrency": "16"}, "3.0.6", "OptionOfOtherVersion", Severity.WARNING),
        ({"foo.user": "s3cret"}, "2.10.3", "OptionSectionUnknown", Severity.WARNING),
        ({"parallelism": "40"}, "2.10.3", "OptionSectionUnknown", Severity.WARNING),
        ({"smtp.smtp_port": "25"}, "2.10.3", "SmtpPortBlocked", Severity.WARNING),
    ],
)
async def test_an_option_that_does_not_fit_is_named_without_its_value(given, version, code, severity) -> None:
    (finding,) = await options(given, version)
    (option,) = given
    assert (finding.code, finding.severity) == (code, severity)
    assert finding.where == f"spec.airflowConfigurationOptions[{option}]"
    assert "s3cret" not in finding.message


@pytest.mark.parametrize(
    ("given", "version"),
    [
        ({"core.parallelism": "40", "celery.worker_autoscale": "5,0", "secrets.backend": "x"}, "2.10.3"),
        ({"metrics.metrics_allow_list": "a", "metrics.metrics_block_list": "b", "metrics.statsd_allow_list": "c"}, "2.10.3"),
        ({"mwaa.triggerer_enabled": "False", "triggerer.default_capacity": "60"}, "2.7.2"),
        ({"mwaa.triggerer_enabled": "False"}, None),
        ({"core.dag_concurrency": "16"}, "2.10.3"),
        ({"smtp.smtp_port": "587"}, "2.10.3"),
        ({"api.auth_backends": "x", "dag_processor.parsing_processes": "2"}, "3.0.6"),
    ],
)
async def test_options_that_fit_have_no_finding(given, version) -> None:
    assert await options(given, version) == []


@dataclass(frozen=True)
class WithFiles(Environment):
    plugins_s3_path: str | None = None
    requirements_s3_path: str | None = None
    requirements_s3_object_version: str | None = None


def with_files(**fields) -> WithFiles:
    return WithFiles(
        PLAIN.name,
        PLAIN.execution_role_arn,
        PLAIN.source_bucket_arn,
        PLAIN.dag_s3_path,
        PLAIN.subnet_ids,
        PLAIN.security_group_ids,
        **{"webserver_access_mode": "PUBLIC_ONLY", **fields},
    )


@pytest.mark.parametrize(
    ("version", "value", "codes"),
    [
        ("2.10.3", None, ["PluginsLoadedLazily"]),
        ("2.10.3", "True", ["PluginsLoadedLazily"]),
        ("2.10.3", "False", []),
        ("3.0.6", None, []),
    ],
)
async def test_plugins_of_airflow_2_are_not_to_be_loaded_lazily(version, value, codes) -> None:
    given = {"core.lazy_load_plugins": value} if value else {}
    want = with_files(plugins_s3_path="plugins.zip", airflow_version=version, airflow_configuration_options=given)
    assert [each.code for each in await OptionsCheck().findings(want, "us-east-1")] == codes


@pytest.mark.row("D153")
@pytest.mark.parametrize(
    ("task_logs", "codes"),
    [
        ({"Enabled": False, "LogLevel": "INFO"}, ["TaskLogsTooQuiet"]),
        ({"Enabled": True, "LogLevel": "WARNING"}, ["TaskLogsTooQuiet"]),
        ({"Enabled": True, "LogLevel": "INFO"}, []),
        ({"Enabled": True, "LogLevel": "DEBUG"}, []),
    ],
)
async def test_logs_of_tasks_at_info(task_logs, codes) -> None:
    found = await options({}, logging_configuration={"TaskLogs": task_logs})
    assert [each.code for each in found] == codes


@dataclass(frozen=True)
class Text:
    """Files as S3 has them."""

    written: str

    async def text(self, region: str, bucket: str, key: str, version: str | None) -> str:
        return self.written


async def requirements(text: str, version: str | None = "2.10.3", mode: str = "PUBLIC_ONLY") -> list[str]:
    want = with_files(requirements_s3_path="requirements.txt", airflow_version=version, webserver_access_mode=mode)
    return [each.code for each in await RequirementsCheck(Text(text)).findings(want, "us-east-1")]


def constraint(version: str) -> str:
    return f'--constraint "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/constraints-3.11.txt"\n'


@pytest.mark.row("A13")
async def test_a_constraint_is_wanted_from_2_7_2_on() -> None:
    for version, codes in (
        ("2.7.2", ["NoConstraint"]),
        ("2.6.3", []),
        ("3.0.6", ["NoConstraint"]),
        (None, ["NoConstraint"]),
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
    assert await requirements(constraint("2.10.3") + loose) == []
    assert await requirements("tool @ https://example.org/tool-1-py3-none-any.whl\n", "2.6.3") == []


@pytest.mark.row("A50")
async def test_a_private_web_server_wants_wheels() -> None:
    text = constraint("2.10.3") + "pandas==2.2.0\n"
    assert await requirements(text, mode="PRIVATE_ONLY") == ["RequirementsNeedInternet"]
    assert await requirements(text) == []
    assert await requirements("--find-links /usr/local/airflow/plugins\n--no-index\npandas\n", mode="PRIVATE_ONLY") == []
    assert await requirements("/usr/local/airflow/plugins/a-1-py3-none-any.whl\n--no-index\n", mode="PRIVATE_ONLY") == []


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


@pytest.mark.row("B171")
async def test_web_servers_are_limited_by_version_and_by_quota() -> None:
    (finding,) = await QuotasCheck(Quotas({WEBSERVERS: 5})).findings(
        replace(PLAIN, airflow_version="2.0.2", min_webservers=2), "us-east-1"
    )
    assert (finding.code, "2.2.2" in finding.message) == ("WebServersNotScalable", True)
    six = {"airflow_version": "2.10.3", "max_webservers": 6}
    assert await quotas(Quotas({WEBSERVERS: 5}), **six) == [("WebServerQuotaExceeded", Severity.ERROR)]
    assert await quotas(Quotas({WEBSERVERS: 8}), **six) == []


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_service_quotas_holds_up_nothing_whatever_it_answers(trouble) -> None:
    assert await quotas(Quotas(None, trouble=trouble)) == []


async def test_a_quota_that_was_not_read_only_warns_and_says_why() -> None:
    assert await quotas(Quotas(None), max_workers=30) == [
        ("WorkerQuotaExceeded", Severity.WARNING),
        ("NotChecked", Severity.NOTICE),
    ]
    assert await quotas(Quotas(None), max_workers=25) == []
    assert await quotas(Quotas({WORKERS: 50}), max_workers=30) == []
    assert (
        await quotas(Quotas({WORKERS: 20}), min_workers=21, max_workers=22) == [("WorkerQuotaExceeded", Severity.ERROR)] * 2
    )


async def test_the_quota_of_environments() -> None:
    assert await quotas(Quotas({ENVIRONMENTS: 3}, used=2)) == []
    assert await quotas(Quotas({ENVIRONMENTS: 3}, used=3)) == [("EnvironmentQuotaReached", Severity.ERROR)]
    assert await quotas(Quotas({ENVIRONMENTS: 3}, used=3), name="e1") == []
