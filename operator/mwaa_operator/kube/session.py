"""The connection to the Kubernetes API: a kubeconfig where one is named, else the pod's service account."""

from __future__ import annotations

import os
from typing import Any

from kubernetes.aio import client, config


async def connect() -> Any:
    """Open an API client.

    Raises:
        kubernetes.config.ConfigException: there is neither a kubeconfig nor a service account.
    """
    if os.environ.get("KUBECONFIG") or "KUBERNETES_SERVICE_HOST" not in os.environ:
        await config.load_kube_config()
    else:
        config.load_incluster_config()
    return client.ApiClient()
