"""Each rule on the requirements.txt that it speaks of, and on one that looks like it. Pure."""

from __future__ import annotations

import pytest

from mwaa_operator.core.catalogue import BUILT_IN
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.sources.lint_requirements import Installer, Requirements, installer, judged
from mwaa_operator.sources.lint_requirements_file import of_requirements, of_wheel
from mwaa_operator.sources.lint_requirements_places import wheel_fault
from mwaa_operator.sources.lint_requirements_versions import MANY, large_wheels
from mwaa_operator.sources.requirement_lines import Line, read
from mwaa_operator.sources.rules import OF_REQUIREMENTS

WHEELS = "--find-links /usr/local/airflow/plugins\n--no-index\n"


def constraint(version: str, python: str = "") -> str:
    there = python or BUILT_IN.versions[version].python
    return f'--constraint "https://raw.githubusercontent.com/apache/airflow/constraints-{version}/constraints-{there}.txt"\n'


def found(text: str, version: str = "", *, private: bool = False) -> list[Finding]:
    """Say what the rules say of a file, for one Airflow. It is never more than a warning."""
    asked = installer(version, BUILT_IN, is_private=private) if version else Installer(is_private=private)
    all_of_them = list(judged(list(read(text, "requirements.txt")), (), [asked], OF_REQUIREMENTS))
    assert {each.severity for each in all_of_them} <= {Severity.WARNING}
    return all_of_them


def said(text: str, version: str = "", *, private: bool = False) -> list[tuple[str, int | None]]:
    return [(each.code, each.line) for each in found(text, version, private=private)]


@pytest.mark.row("B140", "D24")
@pytest.mark.parametrize(
    ("version", "missing"),
    [("1.10.12", False), ("2.6.3", False), ("2.7.2", True), ("2.8.1", True), ("3.0.6", True), ("", True)],
)
def test_constraints_are_wanted_from_2_7_2_on(version: str, missing: bool) -> None:
    lone = [("ConstraintMissing", 2)]
    assert said("# ours\npandas==2.2.0\n", version) == (lone if missing else [])
    assert said(WHEELS + "pandas\n", version) == []
    assert said('-c "/usr/local/other/constraints.txt"\npandas==2.2.0\n', version) == []
    assert said("# nothing\n\n--index-url https://index.example/simple\n", version) == []


def test_the_constraints_to_add_are_written_out() -> None:
    [finding] = found("pandas==2.2.0\n", "2.8.1")
    assert constraint("2.8.1").strip() in finding.message


@pytest.mark.row("D25")
def test_constraints_of_another_airflow_or_python_name_both_versions() -> None:
    text = "pandas==2.2.0\n"
    [other] = found(constraint("2.7.2") + text, "2.8.1")
    assert (other.code, other.line) == ("ConstraintOfOtherVersion", 1)
    assert "those of Airflow 2.7.2, and this is 2.8.1" in other.message
    [python] = found(constraint("2.8.1", "3.10") + text, "2.8.1")
    assert python.code == "ConstraintOfOtherVersion"
    assert "those of Python 3.10, and this is Airflow 2.8.1 with Python 3.11" in python.message
    no_providers = constraint("2.8.1").replace("constraints-3.11", "constraints-no-providers-3.11")
    for right in (constraint("2.8.1"), no_providers):
        assert said(right + text, "2.8.1") == []
    assert said(constraint("2.7.2") + text) == [], "nobody knows which Airflow it is for"
    assert said(constraint("2.7.2", "3.8") + text, "2.7.2")[0][0] == "ConstraintOfOtherVersion"


@pytest.mark.row("B142")
def test_extras_of_another_airflow() -> None:
    head = constraint("2.8.1")
    assert said(head + "apache-airflow[ssh]==2.5.1\n", "2.8.1") == [("ExtrasOfOtherVersion", 2)]
    assert said(head + "Apache_Airflow[ssh, http] == 2.5.1 ; python_version > '3'\n", "2.8.1") == [
        ("ExtrasOfOtherVersion", 2)
    ]
    assert said(head + "apache-airflow[ssh]==2.8.1\n", "2.8.1") == []


@pytest.mark.row("B141", "D26")
@pytest.mark.parametrize("head", ["", constraint("2.6.3")])
def test_packages_without_a_version_are_listed(head: str) -> None:
    first = head.count("\n") + 2
    [finding] = found(f"{head}pandas==2.2.0\nnumpy\nrequests>=2 # newest\n", "2.6.3")
    assert (finding.code, finding.line) == ("RequirementsNotPinned", first)
    assert finding.message.startswith("numpy, requests: ")
    assert found(f"{head}numpy==1.26.4\nrequests===2.31.0\n", "2.6.3") == []
    assert found(f"{head}tool @ https://example.org/tool-1-py3-none-any.whl\n", "2.6.3") == []
    assert found(f"{WHEELS}numpy\n", "2.6.3") == []


def test_constraints_pin_every_provider() -> None:
    text = "apache-airflow-providers-snowflake\napache-airflow[ssh]\n"
    assert said(constraint("2.8.1") + text, "2.8.1") == []
    assert ("RequirementsNotPinned", 1) in said(text, "2.8.1")


@pytest.mark.row("B152", "D27")
def test_what_every_environment_has_is_redundant() -> None:
    text = "boto3==1.17.54\nboto==2.49.0\nbotocore==1.20.54\npandas==2.2.0\npsycopg2-binary==2.8.6\n"
    [finding] = found(constraint("2.8.1") + text, "2.8.1")
    assert (finding.code, finding.line) == ("AlreadyInBaseImage", 2)
    assert "boto3==1.17.54, boto==2.49.0, botocore==1.20.54, psycopg2-binary==2.8.6: redundant" in finding.message
    assert found("boto3==1.17.4\n", "1.10.12") == [], "the guide lists it there"


@pytest.mark.row("B150")
def test_a_large_list_and_large_wheels_are_told_of_the_limits() -> None:
    lines = [f"package-{number}==1.0" for number in range(MANY)]
    assert found(WHEELS + "\n".join(lines), "2.8.1") == []
    [finding] = found(WHEELS + "\n".join([*lines, "one-more==1.0"]), "2.8.1")
    assert (finding.code, finding.line) == ("RequirementsLarge", 3)
    assert "within 10 minutes" in finding.message and "1 GB" in finding.message
    assert list(large_wheels("spec.plugins.path", 10**9)) == []
    assert len(list(large_wheels("spec.plugins.path", 10**9 + 1))) == 1, "a GB of the guide, and not a GiB"
    [finding] = large_wheels("spec.plugins.path", 3 * 10**9 // 2)
    assert (finding.code, finding.where, finding.severity) == ("WheelsLarge", "spec.plugins.path", Severity.WARNING)
    assert "1.5 GB" in finding.message and "within 10 minutes" in finding.message


@pytest.mark.row("B2")
@pytest.mark.parametrize("pin", ["", "==4.8.0", "==4.4.2"])
def test_a_provider_that_is_there_already(pin: str) -> None:
    [finding] = found(f"{constraint('2.8.1')}apache_airflow.providers-HTTP{pin}\n", "2.8.1")
    assert (finding.code, finding.line) == ("ProviderPreinstalled", 2)
    assert "has apache-airflow-providers-http 4.8.0 already" in finding.message
    assert ("4.4.2 contradicts that" in finding.message) is (pin == "==4.4.2")
    assert found(f"{constraint('2.8.1')}apache-airflow-providers-ssh{pin}\n", "2.8.1") == []


def test_what_is_not_known_of_a_version_is_not_said() -> None:
    assert BUILT_IN.versions["3.3.1"].providers == {}
    assert found(f"{constraint('3.3.1')}apache-airflow-providers-http==4.4.2\n", "3.3.1") == []


@pytest.mark.row("B3")
def test_a_pin_of_watchtower_has_no_effect() -> None:
    [finding] = found(constraint("2.7.2") + "watchtower==1.0.6\n", "2.7.2")
    assert (finding.code, finding.line) == ("WatchtowerReplaced", 2)
    assert "watchtower==1.0.6 has no effect: MWAA installs watchtower 2.0.1" in finding.message
    assert found("watchtower==1.0.6\n", "1.10.12") == [], "there it is the advice"


@pytest.mark.row("B5")
@pytest.mark.parametrize(
    ("version", "documented"),
    [("2.2.2", False), ("2.4.3", False), ("2.5.1", True), ("2.6.3", True), ("2.7.2", True), ("2.8.1", True)],
)
def test_a_newer_amazon_provider_is_documented_for_some_versions(version: str, documented: bool) -> None:
    text = '-c "/usr/local/airflow/dags/constraints-updated.txt"\napache-airflow-providers-amazon==8.24.0\n'
    codes = {each.code: each.message for each in found(text, version) if each.code != "ConstraintInDagFolder"}
    if documented:
        assert codes == {}
    else:
        assert list(codes) == ["ProviderOverrideUndocumented"]
        assert "for 2.5.1, 2.6.3, 2.7.2, 2.8.1 only" in codes["ProviderOverrideUndocumented"]
    other = found(text.replace("amazon", "http"), version)
    assert [each.code for each in other if each.code != "ConstraintInDagFolder"] == ["ProviderOverrideUndocumented"]


def test_a_newer_provider_against_published_constraints() -> None:
    text = "apache-airflow-providers-amazon==8.24.0\n"
    assert said(constraint("2.8.1") + text, "2.8.1") == [("ProviderAgainstConstraints", 2)]


@pytest.mark.row("D155")
@pytest.mark.parametrize("asked", ["", "==2.0.0", "==6.1.0", ">=1.0"])
def test_a_provider_that_is_too_new_for_the_airflow(asked: str) -> None:
    told = {each.code: each for each in found(f"apache-airflow-providers-databricks{asked}\n", "2.0.2")}
    assert "`apache-airflow[databricks]==2.0.2`" in told["ProviderTooNew"].message
    assert told["ProviderTooNew"].line == 1


@pytest.mark.parametrize(
    ("text", "version", "too_new"),
    [
        ("apache-airflow-providers-databricks==1.0.1", "2.0.2", False),
        ("apache-airflow-providers-google==3.0.0", "2.0.2", False),
        ("apache-airflow-providers-google==4.0.0", "2.0.2", True),
        ("apache-airflow-providers-databricks==2.0.0", "2.2.2", False),
        ("apache-airflow-providers-databricks", "2.6.3", True),
        ("apache-airflow-providers-http", "2.6.3", False),
        ("apache-airflow-providers-databricks", "2.7.2", False),
        ("apache-airflow-providers-databricks", "", False),
        (constraint("2.6.3") + "apache-airflow-providers-databricks", "2.6.3", False),
    ],
)
def test_a_provider_that_is_not_too_new(text: str, version: str, too_new: bool) -> None:
    assert ("ProviderTooNew" in {code for code, _ in said(text, version)}) is too_new


@pytest.mark.row("D157")
@pytest.mark.parametrize("version", ["", "1.10.12", "2.0.2"])
def test_a_backport_provider_takes_back_watchtower(version: str) -> None:
    text = "apache-airflow-backport-providers-amazon==2021.3.3\n"
    told = {each.code: each for each in found(text, version)}
    finding = told["BackportDowngradesWatchtower"]
    assert finding.line == 1 and "ResourceAlreadyExistsException" in finding.message
    assert ("Add watchtower==1.0.6" in finding.message) is (version != "2.0.2")
    both = {code for code, _ in said(f"{text}watchtower==1.0.6\n", version)}
    assert ("BackportDowngradesWatchtower" in both) is (version == "2.0.2")
    assert "BackportDowngradesWatchtower" in {code for code, _ in said(f"{text}watchtower==1.0.5\n", version)}


@pytest.mark.row("B6", "B154", "C78", "D31")
@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("pandas==2.2.0\n", "pandas: "),
        ("apache-airflow-providers-amazon==8.24.0\n", "apache-airflow-providers-amazon: "),
        ("a @ https://wheels.example/a-1-py3-none-any.whl\n", "a: "),
        ("https://wheels.example/a-1-py3-none-any.whl\n", "a-1-py3-none-any.whl: "),
        ("git+https://code.example/a.git\n", "git+https://code.example/a.git: "),
        ("--index-url https://index.example/simple\npandas==2.2.0\n", "unless that is within the VPC"),
        ("--extra-index-url https://index.example/simple\npandas==2.2.0\n", "unless that is within the VPC"),
        ("--find-links https://wheels.example\n--no-index\npandas\n", "another place outside"),
        (f"{WHEELS}pandas\n", ""),
        ("--find-links /usr/local/airflow/plugins\npandas==2.2.0\n", ""),
        ("/usr/local/airflow/plugins/a-1-py3-none-any.whl\n", ""),
        ("# nothing\n", ""),
    ],
)
def test_a_private_web_server_wants_wheels(text: str, warned: str) -> None:
    code = "PrivateWebserverNoInternet"
    for version in ("2.2.2", "2.8.1", ""):
        told = {each.code: each.message for each in found(text, version, private=True)}
        assert (code in told) is bool(warned)
        assert warned in told.get(code, "")
        assert code not in {each for each, _ in said(text, version)}
    assert code not in {each for each, _ in said(text, "2.0.2", private=True)}, "its web server installs nothing"


def test_constraints_in_the_dag_folder_may_be_missing_on_the_web_server() -> None:
    text = '--constraint "/usr/local/airflow/dags/constraints-3.11-updated.txt"\npandas==2.2.0\n'
    assert said(text, "2.8.1") == [("ConstraintInDagFolder", 1)]
    assert said(text, "2.0.2") == []


@pytest.mark.row("D32")
@pytest.mark.parametrize(
    ("wheel", "version", "fault"),
    [
        ("a-1-cp37-cp37m-manylinux2014_x86_64.whl", "2.8.1", "built for cp37, and Airflow 2.8.1 runs on Python 3.11"),
        ("a-1-cp37-cp37m-manylinux2014_x86_64.whl", "2.2.2", ""),
        ("a-1-cp311-cp311-manylinux2014_x86_64.whl", "2.8.1", ""),
        ("a-1-cp312-cp312-manylinux2014_x86_64.whl", "2.8.1", "built for cp312"),
        ("a-1-cp37-abi3-manylinux2014_x86_64.whl", "2.8.1", ""),
        ("a-1-cp312-abi3-manylinux2014_x86_64.whl", "2.8.1", "built for cp312"),
        ("a-1-py3-none-any.whl", "2.8.1", ""),
        ("a-1-py2.py3-none-any.whl", "2.8.1", ""),
        ("a-1-py2-none-any.whl", "2.8.1", "built for py2"),
        ("a-1-pp310-pypy310_pp73-any.whl", "2.8.1", "built for pp310"),
        ("a-1-1-cp311-cp311-macosx_11_0_arm64.whl", "2.8.1", "Amazon Linux 2 (x86_64, glibc 2.26)"),
        ("a-1-cp311-cp311-win_amd64.whl", "", "built for win_amd64"),
        ("a-1-cp311-cp311-manylinux2014_aarch64.whl", "2.8.1", "built for manylinux2014_aarch64"),
        ("a-1-cp311-cp311-musllinux_1_1_x86_64.whl", "2.8.1", "built for musllinux_1_1_x86_64"),
        ("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", "2.8.1", "Amazon Linux 2 (x86_64, glibc 2.26)"),
        ("a-1-cp311-cp311-manylinux_2_28_x86_64.whl", "2.9.2", ""),
        ("a-1-cp312-cp312-manylinux_2_39_x86_64.whl", "3.0.6", "Amazon Linux 2023 (x86_64, glibc 2.34)"),
        ("a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", "2.8.1", ""),
        ("a-1-cp311-cp311-linux_x86_64.whl", "2.8.1", ""),
        ("mine.whl", "2.8.1", "has not the name of a wheel"),
    ],
)
def test_wheels_for_another_python_or_system(wheel: str, version: str, fault: str) -> None:
    asked = installer(version, BUILT_IN) if version else Installer()
    assert fault in wheel_fault(wheel, asked)
    assert bool(wheel_fault(wheel, asked)) is bool(fault)
    for line in (f"/usr/local/airflow/plugins/{wheel}", f"a @ https://wheels.example/{wheel}#sha256=00"):
        assert ("WheelTagUnfit" in {code for code, _ in said(WHEELS + line, version)}) is bool(fault)


@pytest.mark.parametrize(
    "line",
    [
        "git+https://user:s3cr3t@code.example/a.git",
        "https://user:s3cr3t@wheels.example/a-1-cp37-cp37m-any.whl",
        "a @ https://wheels.example/a-1-cp37-cp37m-any.whl?token=s3cr3t",
        "https://wheels.example/a.tar.gz?token=s3cr3t",
        "boto3 @ https://user:s3cr3t@wheels.example/boto3.zip",
        "watchtower @ https://user:s3cr3t@wheels.example/watchtower.zip",
        "apache-airflow-providers-http @ https://user:s3cr3t@wheels.example/http.zip",
        "apache-airflow-backport-providers-amazon @ https://user:s3cr3t@wheels.example/http.zip",
        "apache-airflow[x] @ https://user:s3cr3t@wheels.example/airflow.zip",
        "--index-url https://user:s3cr3t@index.example/simple\nnumpy",
        "--find-links https://user:s3cr3t@index.example\nnumpy",
        "-c https://user:s3cr3t@index.example/constraints-2.7.2/constraints-3.10.txt\nnumpy",
    ],
)
def test_no_finding_repeats_a_password(line: str) -> None:
    for version in ("", "1.10.12", "2.0.2", "2.8.1"):
        told = found(line, version, private=True)
        assert "s3cr3t" not in str(told)
    assert found(line, "2.8.1", private=True)


def test_every_airflow_that_installs_it_is_asked_and_each_fault_is_said_once() -> None:
    lines = list(read(constraint("2.7.2") + "numpy\n", "requirements.txt"))
    told = judged(lines, (), [installer(each, BUILT_IN) for each in ("2.7.2", "2.8.1")], OF_REQUIREMENTS)
    assert [each.code for each in told] == ["RequirementsNotPinned", "ConstraintOfOtherVersion"]


def test_the_lines_of_a_file_are_named_by_its_path() -> None:
    told = of_requirements(b"# ours\nnumpy\n", "dags/requirements.txt", ["2.8.1"], private=True)
    assert [(each.code, each.place) for each in told] == [
        ("ConstraintMissing", "dags/requirements.txt:2"),
        ("RequirementsNotPinned", "dags/requirements.txt:2"),
        ("PrivateWebserverNoInternet", "dags/requirements.txt:2"),
    ]
    [finding] = of_wheel("b-1-cp37-cp37m-any.whl", "plugins/b-1-cp37-cp37m-any.whl", ["2.8.1"])
    assert (finding.code, finding.place) == ("WheelTagUnfit", "plugins/b-1-cp37-cp37m-any.whl")


@pytest.mark.parametrize("text", ["", "\\", "[", "-", "--", "==1", "a==", "a[", "@", "é==1", "a;;", "-c", "a @", "\x00==1"])
def test_whatever_is_in_a_file_it_is_read(text: str) -> None:
    for version in ("", "2.0.2", "2.8.1", "x"):
        found(text, version, private=True)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 400_000,
        "a." * 200_000,
        "-" * 400_000,
        "a" + " -a" * 130_000,
        "-a " + "=" * 400_000,
        "a==" + "=" * 400_000,
        "[" * 400_000,
    ],
    ids=["word", "dots", "dashes", "options", "signs", "versions", "brackets"],
)
def test_a_long_line_is_read_in_one_pass(text: str) -> None:
    # by trying each beginning, and each end for it, this would take many minutes
    line = Line(text, text, 1, "requirements.txt")
    assert line.wheel == ""
    assert [each.shown for each in Requirements([line], Installer(is_private=True)).installed] in ([], [line.shown])
    codes = {
        each.code for each in judged([line], [("beside", f"{text}.whl")], [Installer(is_private=True)], OF_REQUIREMENTS)
    }
    assert "RequirementsLineTooLong" not in codes


def test_a_line_that_is_too_long_is_named_and_not_read() -> None:
    text = f"apache-airflow-providers-amazon==1.0 {'x' * 5000}\n"
    assert [each for each in said(text, "2.8.1") if "Constraint" not in each[0]] == [("RequirementsLineTooLong", 1)]
    hashes = " \\\n".join(f"--hash=sha256:{'0' * 64}" for _ in range(100))
    [line] = read(f"pandas==2.1.4 \\\n{hashes}\n")
    assert (line.name, line.pin, line.is_too_long) == ("pandas", "2.1.4", False)
    [line] = read(f"pandas==2.1.4 # {'x' * 5000}\n")
    assert (line.name, line.is_too_long) == ("pandas", False)
