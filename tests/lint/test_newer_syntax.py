"""What only a newer Python can read is told from what none can."""

from __future__ import annotations

import ast
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mwaa_operator.core.catalogue import BUILT_IN
from mwaa_operator.core.finding import Severity
from mwaa_operator.sources import lint_syntax
from mwaa_operator.sources.lint import dag_files, lint, read
from mwaa_operator.sources.lint_artefacts import of_plugins
from mwaa_operator.sources.module import Module, SyntaxFault, parsed
from mwaa_operator.sources.plugins_tree import Entry, Plugins

older = pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python can read it")

NEW = [
    "type X = int\n",
    "x = 1\nif x:\n    type Pair[T] = tuple[T, T]\n",
    "def f[T](x: T) -> T:\n    return x\n",
    "async def f[T](x: T) -> T:\n    return x\n",
    "class A[T]:\n    x: T\n",
    "d = {'a': 1}\nx = f'{d['a']}'\n",
    'd = {\'(\': 1}\nx = f"{d["("]}"\n',
    "x = f\"{'\\n'.join(['a'])}\"\n",
    "x = f'{\n1\n}'\n",
    'x = rf"{"a"}"\n',
    "x = F'''{'''a'''}'''\n",
    'x = f"{f"{f"{1}"}"}"\n',
    'x = f"{ {"t"} }"\ntype = 1\n',
]
BROKEN = [
    "def f(:\n",
    "x = = 1\n",
    "print 'a'\n",
    "x = (1\n",
    "x = (1]\n",
    "x = 1)\n",
    "x = 'a\n",
    "x = '''a\n",
    "x = f'''a\n",
    "if x:\n    y = 1\n  z = 1\n",
    "if x:\n\ty = 1\n        z = 1\n",
    "if x:\ny = 1\n",
    "x = 1 $ 2\n",
    "return 1\n",
    "x = '\0'\n",
    "# coding: no-such\nx = 1\n",
    "type X = int\ny = (1\n",
    "x = f'{1}'\ny = f'{x} {x!r:>{10}}'\ndef f(:\n",
    "type(x) = = 1\n",
    "def f(x): return x[0] = = 1\n",
    "except ValueError: pass\n",
]


def fault(text: str) -> SyntaxFault:
    found = parsed(text.encode())
    assert isinstance(found, SyntaxFault)
    return found


@older
@pytest.mark.parametrize("text", NEW)
def test_what_a_newer_python_may_read(text: str) -> None:
    assert fault(text).since == (3, 12)


@pytest.mark.parametrize("text", BROKEN)
def test_what_no_python_up_to_the_known_ones_reads(text: str) -> None:
    assert (fault(text).since or (9, 9)) >= (3, 15)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python can read it")
@pytest.mark.parametrize("text", ["x = t'{1}'\n", "try:\n    pass\nexcept A, B:\n    pass\n"])
def test_what_is_newer_still(text: str) -> None:
    assert fault(text).since == (3, 14)
    assert codes(text, "3.12") == ["DagSyntaxError"]
    assert codes(text, "3.14") == ["SyntaxOfNewerPython"]


def codes(text: str, *pythons: str) -> list[str]:
    return [each.code for each in lint({"a.py": text.encode()}, "dags", (), pythons)]


@older
@pytest.mark.parametrize(
    ("pythons", "code"),
    [
        ((), "DagSyntaxError"),
        (("3.10",), "DagSyntaxError"),
        (("3.11",), "DagSyntaxError"),
        (("3.12",), "SyntaxOfNewerPython"),
        (("3.10", "3.12"), "SyntaxOfNewerPython"),
        (("",), "DagSyntaxError"),
    ],
)
def test_an_error_is_one_unless_some_airflow_has_a_newer_python(pythons: tuple[str, ...], code: str) -> None:
    assert codes("type X = int\n", *pythons) == [code]
    assert codes("x = = 1\n", *pythons) == ["DagSyntaxError"]


@older
def test_an_error_says_which_python_may_read_it() -> None:
    [new] = lint({"a.py": b"type X = int\n"}, "dags", ["2.8.1"], ["3.11"])
    assert "Python 3.12 may well compile it, and no Airflow that reads it is known" in new.message
    [bad] = lint({"a.py": b"x = = 1\n"}, "dags", ["2.8.1"], ["3.11"])
    assert bad.message.endswith("Mend it there.")


@older
def test_it_is_a_warning_that_says_why_and_the_other_files_are_judged() -> None:
    files = {"a.py": b"x = 1\ntype X = int\n", "b.py": b"from airflow.contrib import x\n"}
    new, other = lint(files, "dags", ["3.3.1"], ["3.12"])
    assert (new.code, new.place, new.severity) == ("SyntaxOfNewerPython", "dags/a.py:2", Severity.WARNING)
    assert "(Python 3.11)" in new.message and "Python 3.12" in new.message
    assert other.code == "ImportOfAirflowOne"


@older
def test_a_dag_in_it_is_waited_for_as_in_others() -> None:
    """The file is not read, but its lines are looked at: a proof without it would come too early."""
    head = "from airflow.sdk import DAG, dag\ntype X = int\n"
    makers = {
        "with.py": 'with DAG("a"):\n    pass\n',
        "called.py": 'a = models.DAG(\n    "a",\n)\n',
        "function.py": "@dag(\n    schedule=None,\n)\ndef a():\n    pass\n\n\na()\n",
        "assigned.py": "@dag\ndef a():\n    pass\nb = a()\n",
    }
    others = {
        "lib.py": "def f():\n    return DAG('a')\n",
        "text.py": '"""\nwith DAG("a"):\n    pass\n"""\n',
        "uncalled.py": "@dag\ndef a():\n    pass\n",
        "late.py": "def main():\n    with DAG('a'):\n        pass\n",
    }
    content = {path: f"{head}{text}".encode() for path, text in {**makers, **others}.items()}
    assert dag_files(content) == set(makers)
    assert not any(read(each).dag_calls_are_all for each in content.values())


@older
def test_a_plugin_may_have_it_too() -> None:
    plugins = Plugins((Entry("p.py"),), {"p.py": b"type X = int\n"}, 10)
    assert [each.code for each in of_plugins(plugins, "plugins.zip", ["3.3.1"], ["3.12"])] == ["SyntaxOfNewerPython"]
    assert [each.code for each in of_plugins(plugins, "plugins.zip", ["3.3.1"], ["3.11"])] == ["DagSyntaxError"]


def test_a_python_that_is_not_known_may_read_what_is_not_plainly_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint_syntax, "PYTHON", (3, 11))
    assert codes("x = = 1\n", "3.15") == ["SyntaxOfNewerPython"]
    assert codes("x = (1\n", "3.15") == ["DagSyntaxError"]


@pytest.mark.parametrize(
    ("versions", "pythons"),
    [(["3.3.1"], {"3.12"}), (["2.8.1", "3.3.1"], {"3.11", "3.12"}), (["3"], {"3.12"}), (["9.9.9"], set()), ([""], set())],
)
def test_the_catalogue_knows_the_pythons(versions: list[str], pythons: set[str]) -> None:
    assert BUILT_IN.pythons(versions) == pythons


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="def class[]()type except,:ft'\"{}\\\n \t#x=1$", max_size=60))
def test_whatever_it_is_the_answer_is_one(text: str) -> None:
    found = parsed(text.encode())
    assert isinstance(found, Module | SyntaxFault)
    if isinstance(found, Module):
        ast.parse(text)
