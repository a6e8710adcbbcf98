"""`make demo`: from nothing to a DAG run that succeeded, and everything left running to look around in.

What a run starts belongs to it until it knows how the quick start went: a run that is killed, interrupted or fails in
between leaves no process. It lets go of its programs when all is Ready, and when an object is stuck, to be looked at.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from devcluster import lifecycle, tools
from devcluster.build import BuildFailed
from devcluster.cluster import Cluster
from devcluster.controlplane import ControlPlane
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
PLUGIN = ("kubectl-mwaa", "kubectl_complete-mwaa")
"""The programs of the plugin: kubectl finds it by the first name, and its completions by the second."""
RECONCILE_AT = "mwaa-operator.dev/reconcile-at"
LIMIT_SECONDS = 1200.0
PATIENCE_SECONDS = 60.0
"""How long an object may be Stalled before the demo gives up; much mends itself."""


class Demo:
    """The demo in its directory: found again by the next command."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute()
        self._cluster_directory = self.directory / "cluster"
        self._records = {name: self.directory / f"{name}.json" for name in ("operator", "emulator")}
        self._started = contextlib.ExitStack()
        """Ends what this run has started."""
        self._keep: list[Callable[[], None]] = []
        """Lets go of what this run has started."""

    def up(self) -> int:
        """Start what does not run, apply the quick start, and show how far it is. Gives the exit code."""
        with self._alone(), self._started:
            say("Looking for the tools")
            lifecycle.require()
            tools.require("kubectl")
            tools.ensure("kubectl")
            subprocess.run([sys.executable, "-m", "mwaa_emulator.airflow", "install"], check=True, stdout=subprocess.DEVNULL)
            stack = self._stack(self._cluster())
            say(f"Applying {SAMPLE.relative_to(REPOSITORY)}; emulated time passes {SPEED:.0f} times as fast as yours")
            # fields that somebody patched while looking around are the sample's again
            applied = stack.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(SAMPLE))
            print(applied.stdout, end="", flush=True)
            # what was said before may be of an emulated AWS that is gone: only what is said from now on counts
            token = str(uuid.uuid4())
            stack.kubectl("annotate", "--overwrite", "mwaa", "--all", f"{RECONCILE_AT}={token}")
            ready = self._watch(stack, token)
            if ready:
                self._look_around(stack)
            else:
                self._explain(stack, token)
            self._let_go()
        return 0 if ready else 1

    def stop(self) -> int:
        """End everything that `up` left running.

        Raises:
            RuntimeError: an `up` is under way.
        """
        if not self.directory.exists():
            say("Nothing was running")
            return 0
        with self._alone():
            stopped = self._end_programs() + lifecycle.down(self._cluster_directory)
        say(f"Stopped {', '.join(stopped)}" if stopped else "Nothing was running")
        if left := self._left_in_the_shell():
            say(f"Your shell still points at it, until  unset {' '.join(left)}")
        if str(folder := self.directory / "bin") in os.environ.get("PATH", "").split(os.pathsep):
            rest = f"$(printf %s \"$PATH\" | tr : '\\n' | grep -vxF '{folder}' | paste -sd : -)"
            say(f"Its plugin is still in your PATH, until  PATH={rest}")
        return 0

    def _left_in_the_shell(self) -> list[str]:
        """Name the variables of `environment` that are still set."""
        known = {"KUBECONFIG": str(self.directory / "cluster" / "kubeconfig")}
        if (self.directory / "emulator.url").exists():
            with self._emulator() as client:
                known |= client.environment()
        # a region that is the same by chance is none of ours
        ours = any(os.environ.get(name) == known.get(name, "") for name in ("KUBECONFIG", "AWS_ENDPOINT_URL"))
        return [name for name, value in known.items() if os.environ.get(name) == value] if ours else []

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
            return {"KUBECONFIG": str(kubeconfig), **client.environment(), "PATH": shell_path(self.directory / "bin")}

    def _emulator(self) -> Emulator:
        return Emulator((self.directory / "emulator.url").read_text().strip())

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep two commands from starting or ending the same programs."""
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.directory / ".lock", timeout=0):
                yield
        except Timeout:
            raise RuntimeError(f"`make demo` is at work in {self.directory}: Ctrl-C ends it") from None

    def _let_go(self) -> None:
        """Let everything outlive this process."""
        for keep in self._keep:
            keep()
        self._started.pop_all()

    def _end_programs(self, *names: str) -> list[str]:
        """End operator and emulator, or one of them; gives the names of what ran."""
        stopped = []
        for name in names or self._records:
            running = Running.load(self._records[name])
            if running and running.alive():
                running.stop()
                stopped.append(name)
            self._records[name].unlink(missing_ok=True)
        return stopped

    def _found(self, name: str) -> Running | None:
        running = Running.load(self._records[name])
        return running if running and running.alive() else None

    def _cluster(self) -> Cluster:
        """Give the cluster of the kubeconfig if asked to, else the one that runs here, else a new one."""
        if lifecycle.uses_current():
            return lifecycle.up(self._cluster_directory)
        if found := ControlPlane.load(self._cluster_directory):
            say("etcd and kube-apiserver run already")
            return found
        say("Starting etcd and kube-apiserver")
        # what is left of an earlier demo knows a cluster that is gone
        self._end_programs()
        ControlPlane.sweep(self._cluster_directory)
        plane = ControlPlane(self._cluster_directory)
        plane.start()
        self._started.callback(plane.stop)
        self._keep.append(plane.detach)
        return plane

    def _stack(self, cluster: Cluster) -> Stack:
        """Give the whole product: what runs is used, what does not is started."""
        process = self._found("emulator")
        if process:
            emulator = self._emulator()
            say(f"The emulated AWS runs already at {emulator.url}")
        else:
            self._end_programs("operator")
            say("Starting the emulated AWS")
            process, emulator = start_emulator(self.directory, SPEED, "local")
            self._own("emulator", process)
        # with CLUSTER=current another demo may be at work in the same cluster: the lease must tell the two apart
        flags = (*FLAGS, f"--identity=demo-{hashlib.sha256(str(self.directory).encode()).hexdigest()[:8]}")
        stack = Stack(self.directory, cluster, emulator, process, Deployment.read(), flags)
        say("Installing the definitions and the roles of the operator")
        stack.install()
        if operator := self._found("operator"):
            say("The operator runs already")
            stack.operator = operator
        else:
            say("Starting the operator as the chart deploys it")
            self._own("operator", stack.start_operator())
        return stack

    def _own(self, name: str, process: Running) -> None:
        self._started.callback(process.stop)
        self._keep.append(lambda: process.detach(self._records[name]))

    def _watch(self, stack: Stack, token: str) -> bool:
        board, deadline, stalled_since = Board(), time.monotonic() + LIMIT_SECONDS, None
        with board:
            while time.monotonic() < deadline:
                objects = stack.objects()
                board.show(objects)
                if all(said(item, "Ready", token).get("status") == "True" for item in objects):
                    return True
                stuck = [item for item in objects if said(item, "Stalled", token) and not said(item, "Reconciling", token)]
                stalled_since = (stalled_since or time.monotonic()) if stuck else None
                alive = stack.operator is not None and stack.operator.alive()
                if not alive or (stalled_since and time.monotonic() - stalled_since > PATIENCE_SECONDS):
                    break
                time.sleep(0.5)
        return False

    def _explain(self, stack: Stack, token: str) -> None:
        """Say which object is not Ready, by which condition, and where the logs are."""
        for item in stack.objects():
            ready = said(item, "Ready", token)
            if ready.get("status") != "True":
                name = f"{item['kind']}/{item['metadata']['name']}"
                print(
                    f"{name} is not Ready: {ready.get('reason', 'not looked at yet')}: {ready.get('message', '')}",
                    file=sys.stderr,
                )
        if stack.operator and not stack.operator.alive():
            print(f"The operator has ended.\n{stack.operator.tail()}", file=sys.stderr)
        print(f"Logs: {self.directory}/operator.log, {self.directory}/emulator.log", file=sys.stderr)
        print('It goes on running, to be looked at after  eval "$(make -s demo-env)"', file=sys.stderr)
        print("until `make demo-stop`; `make demo` goes on waiting.", file=sys.stderr)

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
    ("kubectl describe mwaaenv quickstart", "conditions and parts"),
    (
        'kubectl patch mwaaenv quickstart --field-manager=kubectl --type=merge -p \'{"spec":{"maxWorkers":5}}\'',
        "an update, sent as one call",
    ),
    ("kubectl get events --sort-by=.lastTimestamp", "what happened"),
    ("kubectl delete -f manifests/samples/quickstart.yaml", "take all of it down; the bucket stays"),
)


def shell_path(folder: Path) -> str:
    """Give a PATH with the plugin in the given folder, and with kubectl where the machine has none of its own."""
    folder.mkdir(exist_ok=True)
    for program in (folder / name for name in PLUGIN):
        if not program.exists():
            program.symlink_to(Path(sys.executable).with_name(program.name))
    found = [] if shutil.which("kubectl") else [tools.ensure("kubectl")["kubectl"].parent]
    return os.pathsep.join([str(folder), *map(str, found), os.environ.get("PATH", os.defpath)])


def say(text: str) -> None:
    """Tell the user what happens now."""
    print(f"==> {text}", flush=True)


def said(item: dict[str, Any], type_: str, token: str) -> dict[str, Any]:
    """Give a condition, if it is said of the present spec, and since the look that the token asked for."""
    if item.get("status", {}).get("lastHandledReconcileAt") != token:
        return {}
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
        print("demo: interrupted; what it had started has ended", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
