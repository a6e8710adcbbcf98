"""Each rule on startup scripts that it speaks of, and on such as look like them. Pure."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.checks.catalogue import ENTRIES
from mwaa_operator.core.finding import Severity
from mwaa_operator.sources.lint_artefacts import of_script
from mwaa_operator.sources.lint_reserved import OPTIONS, RESERVED
from mwaa_operator.sources.shell import commands


def found(text: str, *, private: bool = False) -> list[tuple[str, int | None]]:
    said = of_script(textwrap.dedent(text).encode(), "startup.sh", private=private)
    assert {each.where for each in said} <= {"startup.sh"}
    assert {each.code for each in said} <= ENTRIES.keys()
    return [(each.code, each.line) for each in said]


def codes(text: str, *, private: bool = False) -> set[str]:
    return {code for code, _ in found(text, private=private)}


@pytest.mark.row("B97")
@pytest.mark.parametrize(
    ("line", "is_said"),
    [
        ("sudo yum update -y", True),
        ("sudo yum -y update", True),
        ("sudo dnf upgrade", True),
        ("sudo yum update -y && echo done", True),
        ("if true; then sudo yum update -y; fi", True),
        ("sudo yum update -y --exclude=kernel*", True),
        ("sudo yum update -y --exclude=python*", False),
        ("sudo yum update -y --exclude 'python*'", False),
        ("sudo yum update -y -x kernel*,python*", False),
        ("sudo yum update -y openssl", False),
        ("sudo yum install -y update-motd", False),
        ("# sudo yum update -y", False),
        ("echo 'sudo yum update -y'", False),
        ("cat <<EOF\nsudo yum update -y\nEOF", False),
    ],
)
def test_updates_of_everything_leave_python_out(line: str, is_said: bool) -> None:
    assert found(f"#!/bin/bash\n{line}\n") == ([("PythonMayBeUpdated", 2)] if is_said else [])


@pytest.mark.row("B98")
@pytest.mark.parametrize(
    ("line", "is_said"),
    [
        ("sudo yum install python39", True),
        ("sudo yum -y install gcc python3.11", True),
        ("sudo dnf remove -y python3", True),
        ("pyenv install 3.9.1", True),
        ("~/.pyenv/bin/pyenv global 3.9", True),
        ("conda create -n x python=3.9", True),
        ("sudo amazon-linux-extras install python3.8", True),
        ("sudo alternatives --set python3 /usr/bin/python3.9", True),
        ("sudo ln -sf /opt/python3.9/bin/python3.9 /usr/bin/python3", True),
        ("sudo yum install -y python3-devel", False),
        ("sudo yum install -y libaio", False),
        ("python3 --version", False),
        ("python3 -m venv /usr/local/airflow/venv", False),
        ("sudo ln -s /opt/tool /usr/bin/tool", False),
    ],
)
def test_another_python_is_named(line: str, is_said: bool) -> None:
    assert found(f"{line}\n") == ([("PythonReplaced", 1)] if is_said else [])


@pytest.mark.row("B99")
@pytest.mark.parametrize(
    ("line", "is_said"),
    [
        ("yum install -y libaio", True),
        ("yum -y install libaio", True),
        ("DEBUG=1 yum install libaio", True),
        ("/usr/bin/dnf install -y libaio", True),
        ("rpm -i /usr/local/airflow/plugins/a.rpm", True),
        ("ldconfig /usr/local/airflow/plugins/lib", True),
        ("true || yum install libaio", True),
        ("sudo yum install -y libaio", False),
        ("sudo -E yum install -y libaio", False),
        ("yum list installed", False),
        ("rpm -qa", False),
        ("pip3 install x", False),
        ("echo yum install", False),
    ],
)
def test_what_needs_root_says_sudo(line: str, is_said: bool) -> None:
    assert found(f"\n\n{line}\n") == ([("SudoMissing", 3)] if is_said else [])


IF = 'if [[ "${MWAA_AIRFLOW_COMPONENT}" %s ]]; then\n  sudo yum -y install libaio\nfi\n'


@pytest.mark.row("B100")
@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("sudo yum -y install libaio", True),
        ("pip3 install pandas", True),
        ("python3 -m pip install pandas", True),
        (IF % '== "webserver"', True),
        (IF % '!= "scheduler"', True),
        (IF % '!= "webserver"' + "pip install x", True),
        ('if [ "$STAGE" = x ]; then pip install x; fi', True),
        ('[[ "$MWAA_AIRFLOW_COMPONENT" != "webserver" ]] || pip install x', True),
        ("if [[ $MWAA_AIRFLOW_COMPONENT == worker ]]; then echo; else pip install x; fi", True),
        (IF % '!= "webserver"', False),
        (IF % '== "worker"', False),
        (IF % '== "scheduler" || "$MWAA_AIRFLOW_COMPONENT" == worker', False),
        ('[ "$MWAA_AIRFLOW_COMPONENT" = worker ] && pip install x', False),
        ('if [[ "$MWAA_AIRFLOW_COMPONENT" != "worker" ]]; then\n  exit 0\nfi\npip install x', False),
        ('[[ "$MWAA_AIRFLOW_COMPONENT" == "webserver" ]] && exit 0\npip install x', False),
        ("if [[ $MWAA_AIRFLOW_COMPONENT == webserver ]]; then echo; else pip install x; fi", False),
        ("case $MWAA_AIRFLOW_COMPONENT in\n worker) pip install x ;;\nesac", False),
        ("pip install --no-index --find-links /usr/local/airflow/plugins x", False),
        ("pip install /usr/local/airflow/plugins/x-1-py3-none-any.whl", False),
        ("sudo yum -y localinstall /usr/local/airflow/plugins/a.rpm", False),
        ("pip list", False),
    ],
)
def test_a_private_web_server_is_kept_from_installing(text: str, is_said: bool) -> None:
    assert codes(text, private=True) == ({"InstallOnPrivateWebserver"} if is_said else set())
    assert codes(text) == set(), "a public one reaches the index"


@pytest.mark.row("B101")
@pytest.mark.parametrize("name", RESERVED)
def test_each_reserved_variable_is_refused(name: str) -> None:
    single = name.replace("__", "_")
    for text in (f"export {name}=x", f'{name}="x y"', f"declare -x {name}=x", f"export A=1 {single}=x", f"{name}+=x"):
        (one,) = of_script(f"#!/bin/bash\n{text}\n".encode(), "startup.sh")
        assert (one.code, one.severity, one.line) == ("ReservedVariable", Severity.ERROR, 2)
        assert single in one.message or name in one.message
        assert ("airflowConfigurationOptions" in one.message) is (name in OPTIONS)


def test_all_reserved_variables_are_known() -> None:
    assert len(set(RESERVED)) == 33
    assert "AIRFLOW__CORE__FERNET_KEY" in RESERVED


@pytest.mark.parametrize(
    "text",
    [
        "export ENVIRONMENT_STAGE=development",
        "export PATH=$PATH:/opt/bin PYTHONPATH=/x LD_LIBRARY_PATH=/usr/local/airflow/plugins/lib CLASSPATH=/y",
        "AWS_REGION=eu-west-1 aws s3 ls",
        "echo AIRFLOW_HOME=/x",
        'echo "$AIRFLOW_HOME"',
        "export AIRFLOW_HOME",
        "# export AIRFLOW_HOME=/x",
        "export AIRFLOW__CORE__FERNET_KEYS=x",
        "",
    ],
)
def test_other_variables_are_free(text: str) -> None:
    assert found(text) == []


def test_the_script_of_the_guide_has_nothing_said_of_it() -> None:
    script = """\
        #!/bin/sh
        export ENVIRONMENT_STAGE="development"
        echo "$ENVIRONMENT_STAGE"
        sudo yum update -y --exclude=python*
        if [[ "${MWAA_AIRFLOW_COMPONENT}" != "webserver" ]]
        then
            sudo yum -y install libaio
        fi
        """
    assert found(script) == []
    assert found(script, private=True) == [("InstallOnPrivateWebserver", 4)]


def test_no_message_has_more_of_a_command_than_its_program_and_verb() -> None:
    text = "pip install --index-url https://me:hush@pypi.example.com/simple x\nyum install -y hush --setopt=password=hush\n"
    said = of_script(text.encode(), "startup.sh", private=True)
    assert len(said) == 3
    assert not any("hush" in each.message for each in said)


def test_lines_are_counted_through_quotes_continuations_and_documents() -> None:
    text = "A='1\n2'\necho a \\\n  b\ncat <<-'E' <<F\nyum update\nE\n\"\nF\nyum install x\r\n"
    assert found(text) == [("SudoMissing", 10)]


@pytest.mark.parametrize("block", ["if x; then\n", "case x in\n", "while x; do\n"])
def test_branches_without_end_are_followed_as_far_as_they_go(block: str) -> None:
    text = block * 5000 + "pip install x\n"
    assert codes(text, private=True) == {"InstallOnPrivateWebserver"}
    ends = {"if": "fi\n", "ca": "esac\n", "wh": "done\n"}[block[:2]]
    guarded = block * 60 + ends * 60 + IF % '!= "webserver"'
    assert codes(guarded, private=True) == set(), "all of them are closed again"


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("if then fi else case esac \n\t;&|()<>'\"\\$#=EOFx[]!"), max_size=200))
def test_no_text_makes_it_stumble(text: str) -> None:
    lines = text.replace("\r\n", "\n").count("\n") + 1
    assert all(1 <= each.line <= lines and each.words for each in commands(text))
    of_script(text.encode(), "x", private=True)


@pytest.mark.parametrize(
    "text",
    [
        "! " * 250_000,
        "if " + "! " * 200_000,
        "then " * 100_000 + "yum update",
        "A=1 " * 120_000 + "yum update",
        "sudo yum install " + "-y " * 160_000,
        "sudo yum install " + "a " * 240_000,
        "sudo yum update " + "-x a " * 100_000,
    ],
    ids=["not", "if-not", "then", "assignments", "options", "packages", "values"],
)
def test_many_words_are_read_in_one_pass(text: str) -> None:
    assert codes(text, private=True) <= {"PythonMayBeUpdated", "SudoMissing", "InstallOnPrivateWebserver"}


def test_of_many_findings_of_one_kind_the_first_are_named_and_the_rest_counted() -> None:
    text = "yum install -y a\n" * 3000 + "sudo yum update -y\n"
    all_of_them = of_script(text.encode(), "startup.sh")
    assert [(each.code, each.line) for each in all_of_them] == [
        *(("SudoMissing", line) for line in range(1, 51)),
        ("PythonMayBeUpdated", 3001),
    ]
    assert ["2950 more" in each.message for each in all_of_them] == [False] * 49 + [True, False]
