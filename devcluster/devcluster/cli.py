"""The command ``devcluster``."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from devcluster import lifecycle, tools
from devcluster.build import BuildFailed
from devcluster.catalogue import DEFINITIONS, PROGRAMS, WHEELS
from devcluster.cluster import Cluster
from devcluster.processes import ProcessFailed

DEFAULT_DIRECTORY = Path(".mwaa/cluster")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        return code
    except (tools.MissingTools, BuildFailed, ProcessFailed, RuntimeError, ValueError) as error:
        print(f"devcluster: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devcluster", description="A real Kubernetes API server for development.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    up = commands.add_parser("up", help="start a cluster and leave it running, or reuse the one that runs")
    up.add_argument("--controllers", action="store_true", help="run kube-controller-manager as well")
    up.set_defaults(run=_up)
    down = commands.add_parser("down", help="stop what `up` left running")
    down.set_defaults(run=_down)
    env = commands.add_parser("env", help='print what eval "$(devcluster env)" needs')
    env.set_defaults(run=_env)
    for command in (up, down, env):
        command.add_argument("--dir", type=Path, default=DEFAULT_DIRECTORY, help="its directory (default: %(default)s)")

    build = commands.add_parser("build", help="make tools that are missing, so that later commands start at once")
    build.add_argument(
        "tools", nargs="+", metavar="TOOL", choices=sorted({*PROGRAMS, *WHEELS, *DEFINITIONS}), help="%(choices)s"
    )
    build.set_defaults(run=_build)
    which = commands.add_parser("which", help="print where a tool is found")
    which.add_argument("tool", metavar="TOOL")
    which.set_defaults(run=_which)
    return parser


def _up(options: argparse.Namespace) -> int:
    cluster = lifecycle.up(options.dir, controllers=options.controllers)
    print(f"Kubernetes {cluster.version()} is ready: {_export(cluster)}")
    return 0


def _down(options: argparse.Namespace) -> int:
    stopped = lifecycle.down(options.dir)
    print(f"Stopped {', '.join(stopped)}" if stopped else "Nothing was running")
    return 0


def _env(options: argparse.Namespace) -> int:
    cluster = Cluster(options.dir)
    if not cluster.kubeconfig.exists():
        raise RuntimeError(f"no cluster in {options.dir}: start one with `devcluster up --dir {options.dir}`")
    print(_export(cluster))
    return 0


def _build(options: argparse.Namespace) -> int:
    for name, path in tools.ensure(*options.tools).items():
        print(f"{name}: {path}")
    return 0


def _which(options: argparse.Namespace) -> int:
    path = tools.locate(options.tool)
    if path is None:
        print(f"devcluster: {options.tool} is neither on PATH nor in the cache", file=sys.stderr)
        return 1
    print(path)
    return 0


def _export(cluster: Cluster) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in cluster.environment().items())
