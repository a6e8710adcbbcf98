"""Each rule on the code that it speaks of, and on code that looks like it. Pure."""

from __future__ import annotations

import textwrap

import pytest

from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.sources.lint import lint

HEAD = "from airflow import DAG\n"
"""A line with both words that make Airflow parse a file."""


def found(content: dict[str, str], *versions: str) -> list[Finding]:
    return list(lint({path: textwrap.dedent(text).encode() for path, text in content.items()}, "dags", versions))


def said(text: str, *versions: str) -> list[tuple[str, int | None]]:
    """Give code and line of all that is said of one file."""
    return [(each.code, each.line) for each in found({"a.py": text}, *versions)]


@pytest.mark.row("B120")
@pytest.mark.parametrize(
    "text",
    [
        "from airflow.contrib.hooks.aws_hook import AwsHook",
        "import airflow.contrib.operators.kubernetes_pod_operator as pods",
        "from airflow.operators.bash_operator import BashOperator",
        "from airflow.sensors.s3_key_sensor import S3KeySensor",
        "from airflow.hooks.S3_hook import S3Hook",
        "from airflow.hooks.hive_hooks import HiveServer2Hook",
        "from airflow.operators.gcs_to_s3 import GCSToS3Operator",
        "from airflow import contrib",
        "def f():\n    from airflow.contrib.hooks import aws_hook",
    ],
)
def test_imports_of_airflow_one_are_named_with_their_line(text: str) -> None:
    line = 2 + text.count("\n")
    for versions in ((), ("2.11.2",), ("3.3.1",), ("1.10.12", "2.11.2")):
        assert said(f"\n{text}", *versions) == [("ImportOfAirflowOne", line)]
    assert said(f"\n{text}", "1.10.12") == [], "there it is right"


@pytest.mark.row("B133")
@pytest.mark.parametrize(
    ("text", "is_plugin"),
    [
        ("from airflow.operators.my_plugin import MyOperator", True),
        ("from airflow.operators import MyOperator", True),
        ("from airflow.sensors.mine import X", True),
        ("import airflow.hooks.my_hooks_plugin", True),
        ("from airflow.operators.bash import BashOperator", False),
        ("from airflow.operators import bash", False),
        ("from airflow.hooks.base import BaseHook", False),
        ("from airflow.sensors.python import PythonSensor", False),
        ("from airflow.sensors.time_sensor import TimeSensor", False),
        ("from airflow.providers.amazon.aws.operators.mine import X", False),
        ("from operators.my_operator import MyOperator", False),
        ("from .operators import X", False),
    ],
)
def test_imports_of_plugins_through_airflow_are_named_in_dags_and_plugins(text: str, is_plugin: bool) -> None:
    files = {"etl.py": text, "plugins/my_plugin.py": f"from airflow.plugins_manager import AirflowPlugin\n{text}"}
    for versions in ((), ("2.11.2",)):
        codes = [(each.code, each.place) for each in found(files, *versions) if each.code != "PackageWithoutInit"]
        there = [("PluginImportedByOldPath", "dags/etl.py:1"), ("PluginImportedByOldPath", "dags/plugins/my_plugin.py:2")]
        assert codes == (there if is_plugin else [])
    assert said(text, "1.10.12") == []


@pytest.mark.parametrize(
    "text",
    [
        "from airflow.operators.dummy import DummyOperator",
        "from airflow.operators import subdag",
        "from airflow.hooks.dbapi import DbApiHook",
        "from airflow.utils.dates import days_ago",
    ],
)
def test_what_went_with_airflow_three_is_named_there_alone(text: str) -> None:
    assert said(text, "3.3.1") == said(text, "2.11.2", "3.3.1") == [("ImportGoneWithAirflowThree", 1)]
    assert said(text) == said(text, "2.11.2") == []


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("from airflow import DAG\nDAG('a', schedule_interval='@daily')", ["schedule_interval"]),
        ("from airflow.models import DAG as D\nwith D('a',\n  timetable=t) as dag: pass", ["timetable"]),
        ("import airflow\nairflow.DAG('a', concurrency=2, schedule=None, fail_stop=True)", ["concurrency", "fail_stop"]),
        ("from airflow.decorators import dag\n@dag(default_view='grid')\ndef a(): pass", ["default_view"]),
        (
            "from airflow.models.dag import DAG\nDAG('a', orientation='LR', full_filepath='x')",
            ["full_filepath", "orientation"],
        ),
        ("from airflow import DAG\nDAG('a', schedule=None, max_active_tasks=1, sla_miss_callback=None)", []),
        ("from ours.airflow import DAG\nDAG('a', schedule_interval='@daily')", []),
        ("from airflow import DAG\nOther('a', schedule_interval='@daily')", []),
    ],
)
def test_arguments_that_went_with_airflow_three_are_named_there_alone(text: str, arguments: list[str]) -> None:
    there = found({"a.py": text}, "3.3.1")
    assert [each.code for each in there] == ["ArgumentGoneWithAirflowThree"] * len(arguments)
    for each, argument in zip(there, arguments, strict=True):
        assert f"`{argument}`" in each.message
        assert argument in text.splitlines()[(each.line or 0) - 1]
    assert said(text) == said(text, "2.11.2") == []


def test_the_sdk_is_of_airflow_three_alone() -> None:
    text = "from airflow.sdk import DAG"
    assert said(text, "2.11.2") == [("ImportOfAirflowThree", 1)]
    assert said(text, "2.11.2", "3.3.1") == [("ImportOfAirflowThree", 1)], "one of the two cannot import it"
    assert said(text) == said(text, "3.3.1") == []


@pytest.mark.parametrize(
    ("handler", "is_named"),
    [("ImportError", False), ("(ValueError, ModuleNotFoundError)", False), ("", False), ("ValueError", True)],
)
def test_an_import_whose_failure_is_caught_is_for_both_versions(handler: str, is_named: bool) -> None:
    text = (
        f"try:\n    from airflow.sdk import dag\nexcept {handler}:\n    from airflow.operators.dummy import DummyOperator\n"
    )
    assert said(text, "2.11.2") == ([("ImportOfAirflowThree", 2)] if is_named else [])
    assert said(text, "3.3.1") == ([("ImportGoneWithAirflowThree", 4)] if is_named else [])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("from airflow.models import Variable\nx = Variable.get('a')", "VariableAtTopLevel"),
        ("from airflow.models import Variable as V\nx = [V.get(n) for n in 'ab']", "VariableAtTopLevel"),
        ("import airflow.models\nairflow.models.Variable.get('a')", "VariableAtTopLevel"),
        ("from airflow.sdk import Variable\ndef f(x=Variable.get('a')): pass", "VariableAtTopLevel"),
        ("from airflow.models import Variable\n@dag\ndef f():    x = Variable.get('a')", "VariableAtTopLevel"),
        ("from airflow.models import Variable\nclass X:    x = Variable.get('a')", "VariableAtTopLevel"),
        ("from airflow.hooks.base import BaseHook\nBaseHook.get_connection('a')", "CallAtTopLevel"),
        ("from x import PostgresHook\nPostgresHook('a').get_records('')", "CallAtTopLevel"),
        ("from x import PostgresHook\nh = PostgresHook('a'); h.get_records('')", "CallAtTopLevel"),
        ("import requests\nx = requests.get('http://x').json()", "CallAtTopLevel"),
        ("import boto3 as b\nb.client('s3')", "CallAtTopLevel"),
        ("import psycopg2\nif True: psycopg2.connect('x')", "CallAtTopLevel"),
        ("import subprocess\nsubprocess.run(['ls'])", "CallAtTopLevel"),
        ("from time import sleep\nsleep(1)", "SleepAtTopLevel"),
        ("import pandas as pd\ndf = pd.read_csv('x.csv')", "DataReadAtTopLevel"),
    ],
)
def test_work_at_the_top_level_is_named(text: str, code: str) -> None:
    assert said(f"{HEAD}{text}") == [(code, 2 + text.count("\n"))]
    assert found({"a.py": HEAD + text, ".airflowignore": "a.py"}) == [], "Airflow does not parse it"


@pytest.mark.parametrize(
    "text", ["Variable.get('a')", "BaseHook.get_connection('a')", "requests.get('x')", "sleep(1)", "pd.read_csv('x')"]
)
@pytest.mark.parametrize("where", ["def work(): {}", "f = lambda: {}", "@dag\ndef f():\n    @task\n    def work(): {}"])
def test_work_within_a_function_is_not(text: str, where: str) -> None:
    imports = "from airflow.sdk import BaseHook, Variable\nimport pandas as pd, requests\nfrom time import sleep\n"
    assert said(imports + where.format(text)) == []
    assert len(said(imports + "# a dag\n" + text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from airflow.models import Variable\nif __name__ == '__main__':\n    Variable.get('a')",
        "from mine import Variable\nVariable.get('a')",
        "x = {}\nx.get('a')",
        "import requests\nsend = requests.get",
        "from x import PostgresHook\nh = PostgresHook('a')",
    ],
)
def test_what_only_looks_like_work_is_not(text: str) -> None:
    assert said(HEAD + text) == []


SECRET = "kH8+zPq/0aVn3rT5yLwXc2"


@pytest.mark.parametrize(
    "text",
    [
        f"connect(password='{SECRET}')",
        f"connect(aws_secret_access_key='{SECRET}')",
        f"DB_PASSWORD = '{SECRET}'",
        f"password: str = '{SECRET}'",
        f"x = {{'user': 'me', 'api_key': '{SECRET}'}}",
        f"os.environ['AUTH_TOKEN'] = '{SECRET}'",
        "key = 'AKIA" + "IOSFODNN7EXAMPLE'",
        "x = '-----BEGIN RSA PRIVATE KEY-----'",
        f"engine('postgresql://me:{SECRET.replace('/', '')}@db/x')",
    ],
)
def test_secrets_are_named_and_never_shown(text: str) -> None:
    (one,) = found({"a.py": f"\n{text}\n"})
    assert (one.code, one.line, one.severity) == ("SecretInCode", 2, Severity.WARNING)
    assert not any(part in str(one) for part in (SECRET, SECRET.replace("/", ""), "IOSFODNN7", "BEGIN"))


@pytest.mark.parametrize(
    "text",
    [
        "connect(password=Variable.get('p'))",
        "connect(password='{{ conn.db.password }}')",
        "connect(password='')",
        "connect(password=None)",
        "connect(secret_id='airflow/connections/db', password_file='/run/x')",
        "connect(api_key='<your key>')",
        "connect(secret='arn:aws:secretsmanager:x')",
        "PASSWORD = 'password'",
        "x = 'https://example.com/a:b@c'",
        "x = 'postgresql://me:${PASSWORD}@db/x'",
        "x = '-----BEGIN CERTIFICATE-----'",
        "x = f'postgresql://me:{password}@db/x'",
    ],
)
def test_what_is_no_secret_is_not_named(text: str) -> None:
    assert said(text) == []


@pytest.mark.row("D156")
@pytest.mark.parametrize(
    "text",
    [
        "DAG('x', default_args={'owner': 'me', 'queue': 'big'})",
        "default_args = {'queue': 'big'}",
        "MY_DEFAULT_ARGS: dict = {'queue': 'big'}",
        "default_args = dict(queue='big')",
        "default_args['queue'] = 'big'",
        "@dag(default_args={'queue': 'big'})\ndef f(): pass",
        "BashOperator(task_id='x', queue='big')",
        "@task(queue='big')\ndef f(): pass",
        "@task.virtualenv(queue='big')\ndef f(): pass",
    ],
)
def test_a_queue_is_named(text: str) -> None:
    assert said(f"{HEAD}{text}") == [("QueueArgument", 2)]


@pytest.mark.parametrize("text", ["publish(queue='big')", "queue = {'queue': 'x'}", "default_args = {'retries': 1}"])
def test_a_queue_of_something_else_is_not(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("from mine import DAG\nDAG('x')", "airflow"),
        ("from mine import make_dag\nmake_dag('x')", "airflow"),
        ("from airflow_mine import make\nglobals()['x'] = make()", "dag"),
        ("from mine import dag\n@dag\ndef f(): pass", "airflow"),
    ],
)
def test_a_dag_that_safe_mode_skips_is_named(text: str, missing: str) -> None:
    (one,) = found({"a.py": text})
    assert (one.code, one.line) == ("SkippedBySafeMode", 2)
    assert f"lacks the word {missing}:" in one.message
    assert said(f"{text}  # airflow dag") == []


def test_a_module_without_the_words_that_makes_nothing_is_fine() -> None:
    assert said("def make_dag(): return 1\nx = find_dags()") == []


@pytest.mark.row("B119")
def test_airflow_cfg_is_warned_about_wherever_it_is() -> None:
    files = found({"airflow.cfg": "", "team/airflow.cfg": "", "my_airflow.cfg": ""})
    assert [(each.code, each.where, each.severity) for each in files] == [
        ("AirflowCfgInDagFolder", "dags/airflow.cfg", Severity.WARNING),
        ("AirflowCfgInDagFolder", "dags/team/airflow.cfg", Severity.WARNING),
    ]


@pytest.mark.row("B134")
@pytest.mark.parametrize(
    ("files", "folders"),
    [
        ({"etl.py": "from team.lib import x", "team/lib.py": ""}, ["dags/team"]),
        ({"etl.py": "import team.sub.lib", "team/sub/lib.py": "", "team/__init__.py": ""}, ["dags/team/sub"]),
        (
            {"operators/__init__.py": "", "operators/sub/x.py": "", "y.py": "from operators.sub.x import z"},
            ["dags/operators/sub"],
        ),
        ({"team/sub/__init__.py": "", "team/sub/x.py": ""}, ["dags/team"]),
        ({"team/x.py": "from . import y", "team/y.py": ""}, ["dags/team"]),
        ({"etl.py": "from team.lib import x", "team/lib.py": "", "team/__init__.py": ""}, []),
        ({"team/etl.py": "import os.path", "other/b.py": ""}, []),
        ({"etl.py": "import team", "team/data.csv": ""}, []),
    ],
)
def test_packages_without_init_are_named(files: dict[str, str], folders: list[str]) -> None:
    assert [(each.code, each.where) for each in found(files)] == [("PackageWithoutInit", folder) for folder in folders]


def test_syntax_errors_have_their_line() -> None:
    (one,) = found({"good.py": "x = 1", "bad.py": "x = 1\ndef f(:\n", "notes.txt": "def f(:"})
    assert (one.code, one.place, one.severity) == ("DagSyntaxError", "dags/bad.py:2", Severity.ERROR)


def test_findings_are_in_the_order_of_files_and_lines() -> None:
    text = "import time\nfrom airflow import DAG\ntime.sleep(2)\nfrom airflow.contrib import x\ntime.sleep(1)\n"
    places = [each.place for each in found({"b.py": text, "a.py": text})]
    assert places == [f"dags/{name}.py:{line}" for name in "ab" for line in (3, 4, 5)]
