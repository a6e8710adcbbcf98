"""A real kube-apiserver and etcd that any machine can start: built once, cached, gone when no longer needed."""

from devcluster.cluster import Cluster, CurrentCluster
from devcluster.controlplane import ControlPlane
from devcluster.lifecycle import cluster_from_environment, down, up
from devcluster.processes import ProcessFailed, Running, spawn
from devcluster.tools import MissingTools, ensure, locate, require

__all__ = [
    "Cluster",
    "ControlPlane",
    "CurrentCluster",
    "MissingTools",
    "ProcessFailed",
    "Running",
    "cluster_from_environment",
    "down",
    "ensure",
    "locate",
    "require",
    "spawn",
    "up",
]
