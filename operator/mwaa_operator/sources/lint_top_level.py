"""Work at the top level of a DAG file: repeated at each parse, by default every 30 seconds (guide part 4, section 2.4)."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from ..core.finding import Finding, Severity
from .module import Module, last_name

VARIABLE = re.compile(r"airflow\.([\w.]+\.)?Variable\.(get|set|setdefault|update|delete)")
CONNECTION = re.compile(r"airflow\.([\w.]+\.)?(Connection\.get\w*|BaseHook\.get_(connections?|hook))")
OUTSIDE = re.compile(
    r"(requests|httpx)\.(get|post|put|patch|delete|head|options|request|stream|Session|Client)"
    r"|(urllib\.request\.urlopen|urllib3\.(PoolManager|request)|aiohttp\.\w+|socket\.create_connection)"
    r"|(boto3|aioboto3)\.(client|resource|Session|session\.Session)|botocore\.session\.\w+"
    r"|(psycopg2?|pymysql|MySQLdb|pyodbc|sqlite3|redshift_connector|oracledb|cx_Oracle|mysql\.connector|"
    r"snowflake\.connector|pymssql|clickhouse_connect|duckdb|trino\.dbapi)\.(connect|get_client)"
    r"|(pymongo\.MongoClient|redis\.(Strict)?Redis|smtplib\.SMTP(_SSL)?|ftplib\.FTP(_TLS)?|paramiko\.SSHClient)"
    r"|subprocess\.(run|call|check_call|check_output|Popen)|os\.(system|popen)"
)
SLEEP = re.compile(r"(time|asyncio)\.sleep")
DATA = re.compile(
    r"(pandas|polars|dask\.dataframe)\.(read|scan)_\w+|numpy\.(load|loadtxt|genfromtxt|fromfile)|(pickle|joblib)\.load"
    r"|pyarrow\.(parquet|csv|feather)\.read_\w+|openpyxl\.load_workbook"
)
AGAIN = "and runs again at each parse of the file, on every scheduler"


def variables(module: Module) -> Iterator[Finding]:
    """Find reads of Airflow's variables: each is a query, and with a secrets backend a call that is charged."""
    for name, line in _called(module, VARIABLE.fullmatch):
        yield Finding(
            "VariableAtTopLevel",
            "",
            f"{name.rpartition('.')[0].rpartition('.')[2]}.{name.rpartition('.')[2]} stands at the top level, {AGAIN}. Use "
            "a template such as `{{ var.value.name }}`, or ask within the task.",
            Severity.WARNING,
            line=line,
        )


def calls(module: Module) -> Iterator[Finding]:
    """Find what asks other services, or starts programs."""
    hooks = frozenset(_hooks(module))
    for name, line in _called(module, lambda name: OUTSIDE.fullmatch(name) or CONNECTION.fullmatch(name)):
        yield _call(name, line)
    for node in module.at_import:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_hook(node.func.value, hooks):
            yield _call(f"{node.func.attr} of a hook", node.lineno)


def sleeps(module: Module) -> Iterator[Finding]:
    """Find waiting."""
    for name, line in _called(module, SLEEP.fullmatch):
        yield Finding(
            "SleepAtTopLevel",
            "",
            f"{name} stands at the top level, {AGAIN}: Airflow waits, and gives up when core.dagbag_import_timeout is over. "
            "Take it out; a task waits with a sensor.",
            Severity.WARNING,
            line=line,
        )


def data(module: Module) -> Iterator[Finding]:
    """Find reads of data files."""
    for name, line in _called(module, DATA.fullmatch):
        yield Finding(
            "DataReadAtTopLevel",
            "",
            f"{name} stands at the top level, {AGAIN}. Read the data within the task that needs it.",
            Severity.WARNING,
            line=line,
        )


def _call(name: str, line: int) -> Finding:
    return Finding(
        "CallAtTopLevel",
        "",
        f"{name} stands at the top level, {AGAIN}. Move it into the task, and let operators take connections by their id.",
        Severity.WARNING,
        line=line,
    )


def _called(module: Module, matches: Callable[[str], object]) -> Iterator[tuple[str, int]]:
    return ((name, line) for name, line in module.called_at_import if matches(name))


def _hooks(module: Module) -> Iterator[str]:
    """Name the variables that hold a hook."""
    for node in module.at_import:
        if isinstance(node, ast.Assign) and _is_hook(node.value, frozenset()):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name))


def _is_hook(node: ast.AST, hooks: frozenset[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in hooks
    return isinstance(node, ast.Call) and last_name(node.func).endswith("Hook")
