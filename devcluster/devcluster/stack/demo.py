"""`make demo`: from nothing to a DAG run that succeeded, and everything left running to look around in."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devcluster import lifecycle, tools
from devcluster.build import BuildFailed
from devcluster.processes import ProcessFailed, Running
from devcluster.stack.board import Board
from devcluster.stack.deployment import REPOSITORY, Deployment
from devcluster.stack.stack import Stack, start_emulator
from mwaa_emulator.client import Emulator

SAMPLE = REPOSITORY / "manifests" / "samples" / "quickstart.yaml"
SPEED = 60.0
"""A create of 25 minutes takes 25 seconds."""
FLAGS = (
    "--poll-seconds=2",
    "--slow-seconds=10",
    "--drift-seconds=60",
    "--consistency-seconds=2",
    "--iam=enabled",
    "--log-level=INFO",
)
LIMIT_SECONDS = 1200.0
PATIENCE_SECONDS = 60.0
"""How long an object may be Stalled before the demo gives up; much mends itself."""


class Demo:
    """The demo in its directory: found again by the next command."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self._records = {name: self.directory / f"{name}.json" for name in ("operator", "emulator")}

    def up(self) -> int:
        """Start what does not run, apply the quick start, and show how far it is. Gives the exit code."""
        say("Looking for the tools")
        lifecycle.require()
        tools.require("kubectl")
        tools.ensure("kubectl")
        subprocess.run([sys.executable, "-m", "mwaa_emulator.airflow", "install"], check=True)
        say("Starting etcd and kube-apiserver")
        cluster = lifecycle.up(self.directory / "cluster")
        stack = self._stack(cluster)
        say(f"Applying {SAMPLE.relative_to(REPOSITORY)}")
        print(stack.kubectl("apply", "--server-side", "-f", str(SAMPLE)).stdout, end="")
        if not self._watch(stack):
            return 1
        self._look_around(stack)
        return 0

    def stop(self) -> int:
        """End everything that `up` left running."""
        stopped = []
        for name, record in self._records.items():
            running = Running.load(record)
            if running and running.alive():
                running.stop()
                stopped.append(name)
            record.unlink(missing_ok=True)
        stopped += lifecycle.down(self.directory / "cluster")
        say(f"Stopped {', '.join(stopped)}" if stopped else "Nothing was running")
        return 0

    def environment(self) -> dict[str, str]:
        """Give the variables for a shell.

        Raises:
            RuntimeError: the demo does not run.
        """
        emulator = Running.load(self._records["emulator"])
        kubeconfig = self.directory / "cluster" / "kubeconfig"
        if not (emulator and emulator.alive() and kubeconfig.exists()):
            raise RuntimeError("the demo does not run: start it with `make demo`")
        with self._emulator() as client:
            return {"KUBECONFIG": str(kubeconfig), **client.environment()}

    def _emulator(self) -> Emulator:
        return Emulator((self.directory / "emulator.url").read_text().strip())

    def _stack(self, cluster: Any) -> Stack:
        """Give the whole product: what runs is used, what does not is started, and all of it outlives this process."""
        emulator_process, operator = (Running.load(self._records[name]) for name in ("emulator", "operator"))
        if emulator_process and emulator_process.alive():
            emulator = self._emulator()
            say(f"The emulated AWS runs already at {emulator.url}")
        else:
            say("Starting the emulated AWS")
            emulator_process, emulator = start_emulator(self.directory, SPEED, "local")
        stack = Stack(self.directory, cluster, emulator, emulator_process, Deployment.read(), FLAGS)
        say("Installing the definitions and the roles of the operator")
        stack.install()
        if operator and operator.alive():
            say("The operator runs already")
            stack.operator = operator
        else:
            say("Starting the operator as the chart deploys it")
            operator = stack.start_operator()
        operator.detach(self._records["operator"])
        emulator_process.detach(self._records["emulator"])
        return stack

    def _watch(self, stack: Stack) -> bool:
        board, deadline, stalled_since = Board(), time.monotonic() + LIMIT_SECONDS, None
        with board:
            while time.monotonic() < deadline:
                objects = stack.objects()
                board.show(objects)
                if all(_condition(item, "Ready").get("status") == "True" for item in objects):
                    return True
                stuck = [item for item in objects if _condition(item, "Stalled") and not _condition(item, "Reconciling")]
                stalled_since = (stalled_since or time.monotonic()) if stuck else None
                alive = stack.operator is not None and stack.operator.alive()
                if not alive or (stalled_since and time.monotonic() - stalled_since > PATIENCE_SECONDS):
                    break
                time.sleep(0.5)
        self._explain(stack)
        return False

    def _explain(self, stack: Stack) -> None:
        """Say which object is not Ready, by which condition, and where the logs are."""
        for item in stack.objects():
            ready = _condition(item, "Ready")
            if ready.get("status") != "True":
                name = f"{item['kind']}/{item['metadata']['name']}"
                print(
                    f"{name} is not Ready: {ready.get('reason', 'no status')}: {ready.get('message', '')}", file=sys.stderr
                )
        if stack.operator and not stack.operator.alive():
            print(f"The operator has ended.\n{stack.operator.tail()}", file=sys.stderr)
        print(f"Logs: {self.directory}/operator.log, {self.directory}/emulator.log", file=sys.stderr)

    def _look_around(self, stack: Stack) -> None:
        environment = stack.get("Environment", "quickstart") or {}
        status = environment.get("status", {})
        print()
        print(stack.kubectl("get", "mwaa").stdout)
        name, version = status.get("environmentName"), status.get("airflowVersion")
        print(f"The environment {name} runs Airflow {version} on an emulated AWS,")
        print("and its DAG `tutorial` has run. Everything goes on running until `make demo-stop`.")
        print('\nFive things to try, after  eval "$(make -s demo-env)"\n')
        for command, what in COMMANDS:
            print(f"  {command:72} # {what}")


COMMANDS = (
    ("kubectl get mwaa", "everything, with its state"),
    ("kubectl describe mwaaenv quickstart", "conditions, parts and the plan"),
    ('kubectl patch mwaaenv quickstart --type=merge -p \'{"spec":{"maxWorkers":5}}\'', "an update, sent as one call"),
    ("kubectl get events --sort-by=.lastTimestamp", "what happened"),
    ("kubectl delete -f manifests/samples/quickstart.yaml", "take all of it down; the bucket stays"),
)


def say(text: str) -> None:
    """Tell the user what happens now."""
    print(f"==> {text}", flush=True)


def _condition(item: dict[str, Any], type_: str) -> dict[str, Any]:
    found: Iterator[dict[str, Any]] = (
        entry
        for entry in item.get("status", {}).get("conditions", ())
        if entry["type"] == type_ and entry["observedGeneration"] == item["metadata"]["generation"]
    )
    return next(found, {})


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="demo", description="The quick start on this machine.")
    parser.add_argument("command", choices=("up", "env", "stop"))
    parser.add_argument("--dir", type=Path, default=REPOSITORY / ".mwaa" / "demo")
    options = parser.parse_args()
    demo = Demo(options.dir)
    try:
        if options.command == "env":
            for name, value in demo.environment().items():
                print(f"export {name}={shlex.quote(value)}")
            return 0
        return demo.up() if options.command == "up" else demo.stop()
    except (
        tools.MissingTools,
        BuildFailed,
        ProcessFailed,
        RuntimeError,
        ValueError,
        subprocess.CalledProcessError,
    ) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(Exception):
            demo.stop()
        return 130


if __name__ == "__main__":
    sys.exit(main())
