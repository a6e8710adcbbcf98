"""The whole product on one machine: a control plane, an emulated AWS, and the operator as its chart deploys it."""

from __future__ import annotations

from devcluster.stack.deployment import Deployment
from devcluster.stack.stack import Stack

__all__ = ["Deployment", "Stack"]
