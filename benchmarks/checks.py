"""What the checks of steady environments cost, when nobody asks for a look: most of them one call."""

from __future__ import annotations

from benchmarks.crowd import cpu_seconds
from benchmarks.figure import Figure
from benchmarks.rig import FLAGS, checks_done, kubernetes_writes, operators_calls
from devcluster.progress import say
from devcluster.stack import Stack
from mwaa_emulator.calls import Call

CHECKS_A_SECOND = 10.0
"""How fast the checks come here: below our own limit of calls."""
ROUNDS = 6
"""Of checks: as many as lie between two looks at the log groups."""
PATIENCE_SECONDS = 420.0
KIND = "Environment"


def checks(stack: Stack, count: int) -> list[Figure]:
    """Let a new process check that many steady environments again and again."""
    called = f"{count} steady environment{'s' if count > 1 else ''}"
    rounds = ROUNDS if count <= ROUNDS else 2
    restarted(stack, (*FLAGS, f"--drift-seconds={max(1.0, count / CHECKS_A_SECOND)}"))
    try:
        _until(stack, f"{called}: a look at everything", 2 * count)
        stack.emulator.clear_calls()
        before, writes, cpu = checks_done(stack, KIND), kubernetes_writes(stack), cpu_seconds(stack)
        _until(stack, f"{called}: {rounds} checks of each", before + rounds * count)
        calls, done = len(_of_environments(operators_calls(stack))), checks_done(stack, KIND) - before
        writes, cpu = kubernetes_writes(stack) - writes, cpu_seconds(stack) - cpu
        return [
            Figure(f"{called}: AWS calls of a check", calls / done, "", 1, "one call"),
            Figure(f"{called}: Kubernetes writes of a check", writes / done, "", 0, "none"),
            Figure(f"{called}: CPU of a check", cpu / done * 1000, "ms"),
        ]
    finally:
        restarted(stack, FLAGS)


def restarted(stack: Stack, flags: tuple[str, ...]) -> None:
    """Start the operator anew: of an option that is given twice the last counts."""
    stack.stop_operator()
    options = {flag.partition("=")[0]: flag for flag in flags}
    stack.flags = tuple(options.values())
    stack.start_operator()


def _of_environments(calls: list[Call]) -> list[Call]:
    """Leave out what the other kinds ask for, above all the proofs of the DagSource."""
    return [
        call
        for call in calls
        if call.operation in ("GetEnvironment", "DescribeLogGroups") or str(call.params.get("Path", "")).endswith("health")
    ]


def _until(stack: Stack, what: str, number: float) -> None:
    say(what)
    stack.wait(lambda: checks_done(stack, KIND) >= number, what, PATIENCE_SECONDS)
