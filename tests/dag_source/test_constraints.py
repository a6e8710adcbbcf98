"""Constraints that somebody names are read as constraints, or not at all: nothing else is shown."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.core.origin import Origin
from mwaa_operator.fetch.constraints import Constraints, is_refused
from mwaa_operator.sources.constraint_lines import constraints, strange

from .asker import Asker
from .package_index import PackageIndex

PUBLISHED = "/constraints-2.8.1/constraints-3.11.txt"
SECRET = "AWS_SECRET_ACCESS_KEY=s3cr3t\nnumpy==2.0.0 s3cr3t\n"


@pytest.fixture
def index() -> Iterator[PackageIndex]:
    made = PackageIndex()
    made.add("numpy", "1.26.4")
    yield made
    made.stop()


def origin(url: str) -> Origin:
    return Origin(type="constraints", where="spec.requirements.providers", url=url, interval=timedelta(hours=1))


def source(index: PackageIndex, constraint: str, package: str = "numpy==1.26.4") -> dict[str, Any]:
    asked = {"packages": [package], "airflowVersion": "2.8.1", "constraint": constraint, "indexUrl": index.simple}
    return {"files": {"hello.py": "x = 1\n"}, "requirements": asked}


@pytest.mark.parametrize("option", ["-c", "-r", "--constraint", "--requirement="])
async def test_other_files_that_constraints_name_are_not_opened(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, tmp_path: Path, option: str
) -> None:
    (tmp_path / "environ").write_text(SECRET)
    settings = source(index, "/usr/local/airflow/dags/own.txt")
    run = await ask(new_stack({**settings, "files": {"own.txt": f"{option} {tmp_path}/environ\nnumpy<2\n"}}))
    codes = {each.code for each in run.graph.findings}
    assert not codes & {"RequirementsNotResolved", "RequirementsConflict"}, "what else stands there counts"
    assert "s3cr3t" not in str(run)


async def test_constraints_of_a_server_that_name_a_file_are_not_handed_on(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker, tmp_path: Path
) -> None:
    (tmp_path / "environ").write_text(SECRET)
    index.texts[PUBLISHED] = f"numpy<2\n-c {tmp_path}/environ\n"
    run = await ask(new_stack(source(index, f"{index.url}{PUBLISHED}")))
    [finding] = [each for each in run.graph.findings if each.code == "RequirementsNotResolved"]
    assert "line 2 of" in finding.message and "s3cr3t" not in str(run)
    assert [path for path in index.asked if path.startswith("/simple")] == [], "uv is not asked"


async def test_what_no_resolver_can_read_is_not_repeated(
    new_stack: Callable[..., Any], bucket: Any, index: PackageIndex, ask: Asker
) -> None:
    run = await ask(new_stack(source(index, "None", "numpy/../../s3cr3t")))
    [finding] = [each for each in run.graph.findings if each.code == "RequirementsNotResolved"]
    assert "numpy does not stand there as a package" in finding.message and "s3cr3t" not in finding.message


@pytest.mark.parametrize(
    "line",
    [
        "numpy==1.26.4",
        "numpy<2,>=1.26",
        "apache-airflow[amazon,celery]==2.8.1 ; python_version < '3.12' and sys_platform != \"win32\"",
        "zope-event==5.0",
        "torch==2.1.0+cpu",
    ],
)
def test_packages_with_versions_are_handed_on(line: str) -> None:
    assert [each.replace(" ", "") for each in constraints(line)] == [line.replace(" ", "")]
    assert strange(f"# a remark\n\n  {line}\n") is None


@pytest.mark.parametrize(
    "line",
    [
        "-c /proc/1/environ",
        "--index-url https://index.example/simple",
        "numpy",
        "numpy @ file:///etc/passwd",
        "numpy==${AWS_SECRET_ACCESS_KEY}",
        "numpy==1 -c /etc/passwd",
        "numpy==1 ; python_version < '3' -c requirements.in",
        "./numpy.whl",
        "https://packages.example/numpy-1-py3-none-any.whl",
        '{ "AccessKeyId" : "ASIA==1" }',
        "AWS_SECRET_ACCESS_KEY=abc",
        "numpy==" + "1" * 2000,
        "a" + " " * 900 + "!",
    ],
)
def test_all_else_is_not(line: str) -> None:
    assert set(constraints(line)) <= {"numpy==1", "numpy==1 ; python_version < '3'"}
    assert strange(f"# a remark\n{line}\n") == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"])
def test_the_machine_of_the_operator_is_not_asked(index: PackageIndex, host: str, tmp_path: Path) -> None:
    index.texts[PUBLISHED] = "numpy==1.26.4\n"
    url = index.url.replace("127.0.0.1", host) + PUBLISHED
    with pytest.raises(OutsideError) as error:
        Constraints().text(origin(url), url)
    assert error.value.problem.trouble is Trouble.REFUSED and "operator's own machine" in str(error.value)
    assert index.asked == []


@pytest.mark.parametrize(
    ("address", "refused"),
    [
        ("169.254.169.254", True),
        ("169.254.170.23", True),
        ("::ffff:169.254.169.254", True),
        ("fe80::1%eth0", True),
        ("fd00:ec2::254", True),
        ("fd00:ec2::23", True),
        ("127.0.0.1", False),
        ("10.0.0.5", False),
        ("185.199.108.133", False),
        ("fd12::1", False),
    ],
)
def test_where_credentials_are_told_nobody_is_sent(address: str, refused: bool) -> None:
    assert is_refused(address, loopback=True) is refused
    assert is_refused("127.0.0.1", loopback=False) and is_refused("::1", loopback=False)


def test_what_is_no_constraints_file_is_not_delivered(index: PackageIndex) -> None:
    index.texts["/latest"] = '{\n "AccessKeyId" : "s3cr3t"\n}\n'
    with pytest.raises(OutsideError) as error:
        Constraints(loopback=True).text(origin(f"{index.url}/latest"), f"{index.url}/latest")
    assert "line 1 of" in str(error.value) and "s3cr3t" not in str(error.value)
    assert error.value.problem.reason == "ConstraintsUnreachable"


class Slow:
    """A server that takes a request, and never answers in full."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/constraints-3.11.txt"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self._taken, _ = self._socket.accept()
        self._taken.recv(10_000)
        self._taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nnumpy==1\n")
        self.asked.set()

    def stop(self) -> None:
        self._taken.close()
        self._socket.close()


def test_a_server_that_never_ends_is_hung_up_on() -> None:
    slow = Slow()
    with pytest.raises(OutsideError) as error:
        Constraints(seconds=0.3, loopback=True).text(origin(slow.url), slow.url)
    assert "has not sent all of it" in str(error.value)
    assert error.value.problem.reason == "ConstraintsUnreachable"
    slow.stop()


def test_at_the_end_of_the_process_nobody_waits_for_a_server() -> None:
    slow, reader, said = Slow(), Constraints(loopback=True), list[str]()

    def read() -> None:
        with pytest.raises(OutsideError) as error:
            reader.text(origin(slow.url), slow.url)
        said.append(str(error.value))

    waiting = threading.Thread(target=read)
    waiting.start()
    assert slow.asked.wait(10)
    reader.close()
    waiting.join(10)
    assert len(said) == 1
    slow.stop()
