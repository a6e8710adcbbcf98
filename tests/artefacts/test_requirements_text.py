"""requirements.txt: read back with the library that pip reads it with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from mwaa_operator.core.catalogue import BUILT_IN
from mwaa_operator.sources.requirement_lines import Line, read
from mwaa_operator.sources.requirements import Head, Input, conflicts, constraint_url, names_own_versions, render

URL = "https://raw.githubusercontent.com/apache/airflow/constraints-2.8.1/constraints-3.11.txt"
PACKAGES = st.builds(
    "{}{}{}".format,
    st.from_regex(r"\A[A-Za-z][A-Za-z0-9]{0,6}([-_.][a-z0-9]{1,4})?\Z"),
    st.sampled_from(["", "[a]", "[a,b]"]),
    st.sampled_from(["", "==1.0", ">=1,<2", "~=1.4", '==2.0; python_version < "3.9"']),
)


def made(head: Head, *texts: str) -> list[str]:
    return render(head, inputs(*texts)).decode().splitlines()


def inputs(*texts: str) -> list[Input]:
    return [Input(f"input {index}", text) for index, text in enumerate(texts)]


@pytest.mark.row("B139", "D23", "C170")
@pytest.mark.parametrize(("airflow", "python"), [("2.8.1", "3.11"), ("2.6.3", "3.10"), ("3.3.1", "3.12")])
def test_the_constraints_come_first(airflow: str, python: str) -> None:
    url = constraint_url(airflow, str(BUILT_IN.versions[airflow].python))
    assert url.endswith(f"/constraints-{airflow}/constraints-{python}.txt")
    assert made(Head(url), "pandas==2.1.4")[0] == f'--constraint "{url}"'


@pytest.mark.row("B143")
def test_the_constraints_of_the_first_version_of_mwaa() -> None:
    url = constraint_url("1.10.12", str(BUILT_IN.versions["1.10.12"].python))
    assert url == "https://raw.githubusercontent.com/apache/airflow/constraints-1.10.12/constraints-3.7.txt"


@pytest.mark.row("B146", "D30")
def test_offline_wheels_come_first_and_without_constraints() -> None:
    assert made(Head(no_index=True), "numpy\npandas") == [
        "--find-links /usr/local/airflow/plugins",
        "--no-index",
        "numpy",
        "pandas",
    ]


@pytest.mark.row("B147")
def test_wheels_from_a_url() -> None:
    head = Head(find_links=("https://wheels.example.com/simple",), no_index=True)
    assert made(head, "numpy") == ["--find-links https://wheels.example.com/simple", "--no-index", "numpy"]


@pytest.mark.row("B149", "D35")
def test_several_indexes_and_the_packages_in_their_order() -> None:
    head = Head(URL, "https://one.example.com/simple", ("https://two.example.com/simple", "https://three.example.com"))
    assert made(head, "zopelib\naws-batch==0.6\n") == [
        f'--constraint "{URL}"',
        "--index-url https://one.example.com/simple",
        "--extra-index-url https://two.example.com/simple",
        "--extra-index-url https://three.example.com",
        "zopelib",
        "aws-batch==0.6",
    ]


@pytest.mark.row("C162")
def test_several_inputs_are_one_file_without_doubles() -> None:
    text = ["# ours\npandas==2.1.4\nsnow-flake[x, y] == 3.0\n", "Pandas == 2.1.4  # again\nsnow_flake[y,x]==3.0\nboto3\n"]
    assert made(Head(), *text) == ["# ours", "pandas==2.1.4", "snow-flake[x, y] == 3.0", "boto3"]
    assert list(conflicts(Head(), inputs(*text))) == []


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (["pandas==2.1.4", "pandas==2.2.0"], ["ConflictingPins"]),
        (["pandas==2.1.4\npandas==2.2.0"], ["ConflictingPins"]),
        (["a.b==1", "A-B==2"], ["ConflictingPins"]),
        (["a==1; python_version < '3'", "a==2; python_version >= '3'"], []),
        (["a>=1", "a<2"], []),
        (["a==1.*", "a==1.2"], []),
        (["--index-url https://one/\na", "-i https://two/\nb"], ["ConflictingIndexes"]),
        (["--index-url https://one/\na", "-i 'https://one/'\nb"], []),
    ],
)
def test_what_cannot_be_installed_together_is_named(texts: list[str], codes: list[str]) -> None:
    assert [finding.code for finding in conflicts(Head(), inputs(*texts))] == codes


def test_a_conflict_names_both_places() -> None:
    [finding] = conflicts(Head(), inputs("pandas==2.1.4", "pandas==2.2.0"))
    assert (finding.where, finding.message) == (
        "input 1",
        "pandas is pinned to 2.2.0 here and to 2.1.4 in input 0. Keep one of them.",
    )


@pytest.mark.row("B138")
@pytest.mark.parametrize(
    "text", ["a==1\n", "# why\n\na==1 \\\n  --hash=sha256:00\n-r other.txt\n./x.whl\nb @ https://x/b.whl\n"]
)
def test_a_text_stays_as_it_is(text: str) -> None:
    assert render(Head(), inputs(text)).decode() == text


@given(st.lists(PACKAGES, max_size=8))
def test_pip_reads_each_package_that_was_declared(packages: list[str]) -> None:
    lines = made(Head(URL), "\n".join(packages))
    assert lines[0] == f'--constraint "{URL}"'
    read = {str(Requirement(line)).lower() for line in lines[1:]}
    names = {line.name.lower().replace("_", "-").replace(".", "-") for line in map(Requirement, lines[1:])}
    assert read <= {str(Requirement(package)).lower() for package in packages}
    assert names == {Requirement(package).name.lower().replace("_", "-").replace(".", "-") for package in packages}


@given(st.lists(PACKAGES, max_size=8))
def test_writing_it_twice_changes_nothing(packages: list[str]) -> None:
    once = render(Head(), inputs("\n".join(packages)))
    assert render(Head(), inputs(once.decode())) == once
    assert render(Head(), inputs(once.decode(), once.decode())) == once


@pytest.mark.parametrize(
    ("text", "own"),
    [("-c x.txt\na", True), ('--constraint "https://x"', True), ("--no-index", True), ("a # -c x", False), ("#-c x", False)],
)
def test_a_text_may_bring_its_own_versions(text: str, own: bool) -> None:
    assert names_own_versions(inputs(text)) is own


def test_lines_are_read_as_pip_reads_them() -> None:
    lines = list(read("a \\\n  ==1 # x\n# b \\\nc#d\n"))
    assert [(line.number, line.text) for line in lines] == [(1, "a    ==1"), (3, ""), (4, "c#d")]


@pytest.mark.parametrize(
    ("text", "name", "pin", "wheel", "placed"),
    [
        ("A.b_c == 1.0 ; python_version < '3.9'", "a-b-c", "1.0", "", False),
        ("a==1.0 --hash=sha256:00", "a", "1.0", "", False),
        ("a==1.*", "a", "", "", False),
        ("a>=1,==1.5", "a", "", "", False),
        ("a @ https://x.example/a-1-py3-none-any.whl", "a", "", "a-1-py3-none-any.whl", True),
        ("https://x.example/a-1-py3-none-any.whl#sha256=0", "", "", "a-1-py3-none-any.whl", True),
        ("/usr/local/airflow/plugins/a-1-py3-none-any.whl", "", "", "a-1-py3-none-any.whl", True),
        ("a-1-py3-none-any.whl", "", "", "a-1-py3-none-any.whl", True),
        ("git+https://x.example/a.git", "", "", "", True),
        ("--find-links x.whl", "", "", "", False),
        ("# a==1", "", "", "", False),
    ],
)
def test_a_line_is_a_package_a_place_or_options(text: str, name: str, pin: str, wheel: str, placed: bool) -> None:
    [line] = read(text)
    assert (line.name, line.pin, line.wheel, line.is_placed) == (name, pin, wheel, placed)


def test_a_line_may_have_several_options() -> None:
    line = Line("", '-i "https://a.example/x y" --extra-index-url=https://b.example --no-index -c c.txt')
    assert line.options == (
        ("--index-url", "https://a.example/x y"),
        ("--extra-index-url", "https://b.example"),
        ("--no-index", ""),
        ("--constraint", "c.txt"),
    )
