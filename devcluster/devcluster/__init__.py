"""A real kube-apiserver and etcd that any machine can start: built once, cached, gone when no longer needed."""

from devcluster.cluster import Cluster, CurrentCluster
from devcluster.controlplane import ControlPlane
from devcluster.tools import MissingTools, ensure, require

__all__ = ["Cluster", "ControlPlane", "CurrentCluster", "MissingTools", "ensure", "require"]
