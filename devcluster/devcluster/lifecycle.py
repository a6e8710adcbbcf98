"""Which cluster a command uses, and a cluster that outlives the command: what ``devcluster up`` and ``down`` do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from filelock import FileLock

from devcluster import tools
from devcluster.cluster import Cluster, CurrentCluster
from devcluster.controlplane import ControlPlane
from devcluster.progress import say

#: The environment variable that chooses the cluster, and its value for the cluster of the current kubeconfig.
VARIABLE = "CLUSTER"
CURRENT = "current"


def uses_current(environ: Mapping[str, str] | None = None) -> bool:
    """Tell whether ``CLUSTER=current`` asks for the cluster of the current kubeconfig. Unset or ``own`` does not."""
    value = (os.environ if environ is None else environ).get(VARIABLE, "own")
    if value not in ("", "own", CURRENT):
        raise ValueError(
            f"{VARIABLE}={value}: use {VARIABLE}={CURRENT} for the cluster of the current kubeconfig, or unset it"
        )
    return value == CURRENT


def require(environ: Mapping[str, str] | None = None) -> None:
    """Raise `tools.MissingTools` unless everything that the chosen cluster needs is here or can be made."""
    tools.require(*(("kubectl",) if uses_current(environ) else ("etcd", "kube-apiserver")))


@contextlib.contextmanager
def cluster_from_environment(
    directory: Path, *, controllers: bool = False, environ: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """Give the block a cluster: a new control plane that ends with it, or, with ``CLUSTER=current``, the current one.

    A test that needs to restart the API server asks ``isinstance(cluster, ControlPlane)`` and skips otherwise.
    """
    if uses_current(environ):
        yield _current(directory)
        return
    with ControlPlane.started(directory, controllers=controllers) as plane:
        yield plane


def up(directory: Path, *, controllers: bool = False, environ: Mapping[str, str] | None = None) -> Cluster:
    """Return a cluster that outlives this process: the one that runs in this directory already, else a new one."""
    with _lock(directory):
        if uses_current(environ):
            # Two clusters in one directory would mix up whose kubeconfig is there.
            if names := ControlPlane.still_running(directory):
                raise RuntimeError(f"{', '.join(names)} run in {directory}: first devcluster down --dir {directory}")
            return _current(directory)
        plane = ControlPlane.load(directory)
        if plane is None or (controllers and not plane.controllers):
            if ended := ControlPlane.sweep(directory):
                say(f"Stopped {', '.join(ended)} of {directory} to start a whole and empty cluster")
            plane = ControlPlane(directory, controllers=controllers)
            plane.start()
            plane.detach()
        return plane


def down(directory: Path) -> list[str]:
    """End what ``up`` left running in this directory; return the names of what ran. Logs and data stay."""
    if not directory.exists():
        return []
    with _lock(directory):
        stopped = ControlPlane.sweep(directory)
        Cluster(directory).kubeconfig.unlink(missing_ok=True)
        return stopped


def _current(directory: Path) -> CurrentCluster:
    return CurrentCluster(directory, tools.ensure("kubectl")["kubectl"])


def _lock(directory: Path) -> FileLock:
    directory.mkdir(parents=True, exist_ok=True)
    return FileLock(directory / ".lock")
