"""A Kubernetes API server that can be used, whoever has started it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from kubernetes import client, config

from devcluster import kubeconfig

#: TokenRequest's longest life that makes sense here; a cluster that is not ours may cut it short.
TOKEN_LIFETIME_SECONDS = 365 * 24 * 3600


class Cluster:
    """A cluster as its administrator sees it. Files that belong to it are kept in ``directory``."""

    def __init__(self, directory: Path) -> None:
        """Use the cluster whose admin kubeconfig is (or will be) in this directory."""
        self.directory = directory.absolute()
        self.kubeconfig = self.directory / "kubeconfig"

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point kubectl, Helm and clients at this cluster."""
        return {"KUBECONFIG": str(self.kubeconfig)}

    def client(self) -> client.ApiClient:
        """Return a new API client with the administrator's rights; close it, or use it as a context manager."""
        api: client.ApiClient = config.new_client_from_config(str(self.kubeconfig))
        return api

    def version(self) -> str:
        """Return the server's version, such as ``v1.35.4``."""
        with self.client() as api:
            return str(client.VersionApi(api).get_code().git_version)

    def create_namespace(self, name: str) -> None:
        """Create a namespace; one that exists is fine."""
        body = client.V1Namespace(metadata=client.V1ObjectMeta(name=name))
        with self.client() as api:
            _unless_it_exists(lambda: client.CoreV1Api(api).create_namespace(body))

    def create_service_account(self, namespace: str, name: str) -> None:
        """Create a service account; one that exists is fine."""
        body = client.V1ServiceAccount(metadata=client.V1ObjectMeta(name=name))
        with self.client() as api:
            _unless_it_exists(lambda: client.CoreV1Api(api).create_namespaced_service_account(namespace, body))

    def kubeconfig_for_service_account(
        self, namespace: str, name: str, *, lifetime_seconds: int = TOKEN_LIFETIME_SECONDS
    ) -> Path:
        """Write a kubeconfig with a fresh token of an existing service account (TokenRequest) and return its path."""
        spec = client.V1TokenRequestSpec(audiences=[], expiration_seconds=lifetime_seconds)
        with self.client() as api:
            answer = client.CoreV1Api(api).create_namespaced_service_account_token(
                name, namespace, client.AuthenticationV1TokenRequest(spec=spec)
            )
        if answer.status is None or not answer.status.token:
            raise RuntimeError(f"TokenRequest for {namespace}/{name} was answered without a token")
        content = kubeconfig.for_token(kubeconfig.cluster_of(self.kubeconfig), answer.status.token, namespace)
        return kubeconfig.write(self.directory / f"{namespace}.{name}.kubeconfig", content)


class CurrentCluster(Cluster):
    """The cluster of the current kubeconfig context. It is used as it is: never started, stopped or emptied."""

    def __init__(self, directory: Path, kubectl: Path) -> None:
        """Copy the current context into ``directory``, so that a later change of context does not move us."""
        super().__init__(directory)
        argv = [str(kubectl), "config", "view", "--raw", "--minify", "--flatten", "--output=yaml"]
        shown = subprocess.run(argv, capture_output=True, text=True, check=False)
        if shown.returncode:
            raise RuntimeError(f"CLUSTER=current: kubectl finds no current context: {shown.stderr.strip()}")
        self.directory.mkdir(parents=True, exist_ok=True)
        kubeconfig.write_text(self.kubeconfig, shown.stdout)


def _unless_it_exists(create: Callable[[], object]) -> None:
    try:
        create()
    except client.ApiException as error:
        if error.status != 409:
            raise
