"""The table of the demo where there is no terminal: a line for each change."""

from __future__ import annotations

from typing import Any

import pytest

from devcluster.stack.board import Board


def thing(kind: str, status: str | None, message: str = "") -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": status, "message": message}] if status else []
    return {"kind": kind, "metadata": {"name": "first"}, "status": {"conditions": conditions}}


def lines(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """Give what was said since the last time: object, state and message of each line."""
    said = (line.split(maxsplit=4) for line in capsys.readouterr().out.splitlines())
    return [[*words[2:4], *words[4:]] for words in said]


def test_on_a_pipe_there_is_a_line_for_each_change_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    with Board() as board:
        board.show([thing("Network", None), thing("Bucket", "True", "is ready")])
        assert lines(capsys) == [
            ["Network/first", "Working", "not seen by the operator yet"],
            ["Bucket/first", "Ready", "is ready"],
        ]
        board.show([thing("Network", None), thing("Bucket", "True", "is ready")])
        assert lines(capsys) == []
        board.show([thing("Network", "Unknown", "AWS makes it\nin two lines"), thing("Bucket", "True", "is ready")])
        assert lines(capsys) == [["Network/first", "Working", "AWS makes it"]]
        board.show([thing("Network", "False", "AWS makes it"), thing("Bucket", "True", "is ready")])
        assert lines(capsys) == [["Network/first", "Waiting", "AWS makes it"]]


def test_a_long_message_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    with Board() as board:
        board.show([thing("Network", "False", "word " * 60)])
    ((_, _, message),) = lines(capsys)
    assert len(message) < 161
    assert message.endswith("...")
