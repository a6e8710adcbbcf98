"""Each rule on archives that it speaks of, and on such as look like them. Real archives, no AWS."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace

import pytest

from mwaa_operator.checks.catalogue import ENTRIES
from mwaa_operator.core.finding import Finding, Severity
from mwaa_operator.sources.lint_artefacts import of_plugins
from mwaa_operator.sources.plugins import archive
from mwaa_operator.sources.plugins_tree import DIRECTORY, of_archive, of_files
from mwaa_operator.sources.plugins_tree import ENTRIES as MOST

PLUGIN = "from airflow.plugins_manager import AirflowPlugin\nclass P(AirflowPlugin):\n    name = 'p'\n"


def packed(files: dict[str, str], modes: dict[str, int] | None = None) -> bytes:
    """Pack files, each with the mode that is given for it, as `zip` does."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.create_system = 3
            entry.external_attr = (modes or {}).get(path, 0o755) << 16 | (0x10 if path.endswith("/") else 0)
            made.writestr(entry, text)
    return written.getvalue()


def said(content: bytes, *versions: str) -> list[Finding]:
    plugins = of_archive(io.BytesIO(content), len(content))
    assert plugins
    found = list(of_plugins(plugins, "plugins.zip", versions))
    assert {each.code for each in found} <= ENTRIES.keys()
    assert {each.severity for each in found} <= {Severity.WARNING}, "nothing here is held back"
    return found


@pytest.mark.row("B129")
@pytest.mark.parametrize(
    ("paths", "is_wrapped"),
    [
        (["plugins/my_plugin.py"], True),
        (["plugins/", "plugins/my_plugin.py", "__MACOSX/plugins/._my_plugin.py"], True),
        (["plugins/instantclient/lib.so"], True),
        (["mine/my_plugin.py", "mine/operators/__init__.py", "mine/operators/o.py"], True),
        (["wheels/numpy-1-py3-none-any.whl"], True),
        (["my_plugin.py"], False),
        (["plugins/x.py", "my_plugin.py"], False),
        (["operators/__init__.py", "operators/o.py"], False),
        (["ours/__init__.py", "ours/operators/__init__.py", "ours/operators/o.py"], False),
        (["instantclient_18_5/libclntsh.so"], False),
        (["numpy-1-py3-none-any.whl"], False),
        ([], False),
    ],
)
def test_one_folder_around_everything_is_named(paths: list[str], is_wrapped: bool) -> None:
    found = said(packed(dict.fromkeys(paths, "")))
    assert [each.code for each in found if each.code == "PluginsWrapped"] == ["PluginsWrapped"] * is_wrapped
    if is_wrapped:
        assert "zip -r ../plugins.zip ." in next(each.message for each in found if each.code == "PluginsWrapped")


def test_a_folder_with_modules_needs_an_init() -> None:
    files = {
        "p.py": PLUGIN,
        "operators/o.py": "",
        "hooks/__init__.py": "",
        "hooks/h.py": "",
        "data-1/x.py": "",
        "lib/a.so": "",
    }
    for content in (packed(files), archive({path: text.encode() for path, text in files.items()})):
        found = [(each.code, each.where) for each in said(content)]
        assert found == [("PackageWithoutInit", "plugins.zip/operators")]


@pytest.mark.row("B130", "C174")
@pytest.mark.parametrize(
    ("size", "codes"), [(10**9, []), (10**9 + 1, ["PluginsTooLarge"]), (3 * 10**9, ["PluginsTooLarge"])]
)
def test_above_one_gigabyte_is_a_warning_and_no_error(size: int, codes: list[str]) -> None:
    """The size is given: an archive of 1 GB says nothing more than its length."""
    small = packed({"p.py": PLUGIN})
    plugins = of_archive(io.BytesIO(small), size)
    assert plugins and plugins.size == size
    for each in (plugins, replace(of_files({"p.py": PLUGIN.encode()}), size=size)):
        found = of_plugins(each, "plugins.zip")
        assert [(one.code, one.severity) for one in found] == [(code, Severity.WARNING) for code in codes]


@pytest.mark.parametrize(
    ("modes", "named"),
    [
        ({}, ""),
        ({"a.py": 0o644, "run.sh": 0o755, "d/": 0o755}, ""),
        ({"a.py": 0o600}, "a.py (0600)"),
        ({"run.sh": 0o644}, "run.sh (0644)"),
        ({"d/": 0o644}, "d (0644)"),
        ({"d/bin/tool": 0o744}, "d/bin/tool (0744)"),
    ],
)
def test_modes_that_shut_airflow_out_are_named(modes: dict[str, int], named: str) -> None:
    files = dict.fromkeys(["a.py", "run.sh", "d/", "d/bin/tool"], "")
    found = [each for each in said(packed(files, modes)) if each.code == "PluginModesTooNarrow"]
    assert bool(found) is bool(named)
    assert not named or found[0].message.startswith(f"{named}: others than its owner may not use it")


@pytest.mark.row("D193")
@pytest.mark.parametrize(
    ("member", "is_page"),
    [
        ("appbuilder_views = [view]", True),
        ("flask_blueprints = [bp]", True),
        ("flask_blueprints: list = [bp]", True),
        ("flask_blueprints = []", False),
        ("macros = [m]", False),
    ],
)
def test_plugins_of_the_pages_are_named_for_old_web_servers(member: str, is_page: bool) -> None:
    content = packed({"p.py": f"{PLUGIN}    {member}\n"})
    expected = [("UiPluginOfOldVersion", "plugins.zip/p.py", 2)] if is_page else []
    assert [(each.code, each.where, each.line) for each in said(content, "2.0.2")] == expected
    assert [(each.code, each.where, each.line) for each in said(content, "2.0.2", "2.10.3")] == expected
    assert said(content, "2.2.2") == said(content, "2.10.3") == said(content) == []


def test_the_python_in_it_is_read_as_airflow_imports_it() -> None:
    files = {
        "p.py": "def f(:\n",
        "q.py": "from airflow.operators.mine import X\n",
        "r.py": "from airflow.models import Variable\nVariable.get('x')\n",
    }
    found = [(each.code, each.where, each.line) for each in said(packed(files), "2.10.3")]
    assert found == [("DagSyntaxError", "plugins.zip/p.py", 1), ("PluginImportedByOldPath", "plugins.zip/q.py", 1)]


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "bomb", "names"])
def test_hostile_archives_are_read_as_far_as_that_goes(damage: str) -> None:
    good = packed({"p.py": PLUGIN * 50})
    content = {
        "cut": good[: len(good) // 2],
        "flipped": bytes(byte ^ 1 if 40 < at < 80 else byte for at, byte in enumerate(good)),
        "text": b"no archive",
        "bomb": packed({f"{n}.py": "#" * 400_000 for n in range(60)}),
        "names": packed({"../../etc/x.py": "", "/abs.py": "", "a\nb.py": ""}),
    }[damage]
    plugins = of_archive(io.BytesIO(content), len(content))
    if plugins:
        assert sum(map(len, plugins.python.values())) <= 21 * 1024 * 1024
        of_plugins(plugins, "plugins.zip", ["2.0.2"])
    else:
        assert damage in ("cut", "text", "flipped")


@pytest.mark.parametrize("told", [0xFFFF, 3])
@pytest.mark.parametrize("comment", [b"", b"a remark"])
def test_an_archive_of_very_many_entries_is_not_listed(monkeypatch: pytest.MonkeyPatch, told: int, comment: bytes) -> None:
    def listed(*words: object) -> None:
        raise AssertionError("its names were read into memory")

    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", *[20, 3, 20, 0], *[0] * 4, *[0] * 3, 1, *[0] * 4, *[0] * 2) + b"a"
    directory = entry * (MOST + 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, told, told, len(directory), 0, len(comment)) + comment
    with zipfile.ZipFile(io.BytesIO(directory + end)) as archive:
        assert len(archive.infolist()) == MOST + 1, "it is one, and the number of entries is not looked at"
    monkeypatch.setattr(zipfile, "ZipFile", listed)
    assert of_archive(io.BytesIO(directory + end), len(directory + end)) is None
    large = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, told, told, DIRECTORY + 1, 0, len(comment)) + comment
    assert of_archive(io.BytesIO(directory + large), len(directory + large)) is None


def test_archives_of_more_than_four_gigabytes_are_looked_at_too() -> None:
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", *[20, 3, 20, 0], *[0] * 4, *[0] * 3, 1, *[0] * 4, *[0] * 2) + b"a"
    for count, is_read in ((2, True), (MOST + 1, False)):
        directory = entry * count
        large = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), 0)
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(directory), 1)
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
        content = directory + large + locator + end
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert len(archive.infolist()) == count
        assert (of_archive(io.BytesIO(content), len(content)) is not None) is is_read
