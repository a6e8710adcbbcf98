"""Where the components of a control plane keep their files, and the flags that they are started with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from devcluster.ports import LOOPBACK

#: In the order in which they are started.
COMPONENTS = ("etcd", "kube-apiserver", "kube-controller-manager")


@dataclass(frozen=True)
class Ports:
    """The ports of one control plane, all on the loopback address."""

    etcd: int
    apiserver: int
    controllers: int


@dataclass(frozen=True)
class Files:
    """The files of one control plane."""

    directory: Path

    @property
    def pki(self) -> Path:
        """Keys and certificates."""
        return self.directory / "pki"

    @property
    def etcd_data(self) -> Path:
        """Every object of the cluster."""
        return self.directory / "etcd"

    @property
    def state(self) -> Path:
        """What a later run must know to use or end the cluster."""
        return self.directory / "controlplane.json"

    @property
    def controllers_kubeconfig(self) -> Path:
        """How the controller manager reaches the API server."""
        return self.pki / "controller-manager.kubeconfig"

    def record(self, component: str) -> Path:
        """Which process a detached component is."""
        return self.directory / f"{component}.process.json"


def flags(component: str, files: Files, ports: Ports) -> list[str]:
    """Return the arguments of a component."""
    return FLAGS[component](files, ports)


def _etcd(files: Files, ports: Ports) -> list[str]:
    pki, url = files.pki, f"https://{LOOPBACK}:{ports.etcd}"
    return [
        f"--data-dir={files.etcd_data}",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        # Port 0: a single member has no peers to tell its port to.
        f"--listen-peer-urls=https://{LOOPBACK}:0",
        # Without client certificates, every user of this machine could read the secrets past the API server.
        f"--cert-file={pki / 'etcd.crt'}",
        f"--key-file={pki / 'etcd.key'}",
        "--client-cert-auth",
        f"--trusted-ca-file={pki / 'ca.crt'}",
        f"--peer-cert-file={pki / 'etcd.crt'}",
        f"--peer-key-file={pki / 'etcd.key'}",
        "--peer-client-cert-auth",
        f"--peer-trusted-ca-file={pki / 'ca.crt'}",
        # The data need not survive a power cut, and fsync is most of what a write costs.
        "--unsafe-no-fsync",
        # Its warnings are about every connection that the API server closes.
        "--log-level=error",
    ]


def _apiserver(files: Files, ports: Ports) -> list[str]:
    pki = files.pki
    return [
        f"--bind-address={LOOPBACK}",
        f"--secure-port={ports.apiserver}",
        f"--advertise-address={LOOPBACK}",
        # Nobody reaches the server through a Service, and a loopback address may not be an endpoint.
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={pki / 'apiserver.crt'}",
        f"--tls-private-key-file={pki / 'apiserver.key'}",
        f"--client-ca-file={pki / 'ca.crt'}",
        f"--etcd-servers=https://{LOOPBACK}:{ports.etcd}",
        f"--etcd-cafile={pki / 'ca.crt'}",
        f"--etcd-certfile={pki / 'etcd-client.crt'}",
        f"--etcd-keyfile={pki / 'etcd-client.key'}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-signing-key-file={pki / 'service-account.key'}",
        f"--service-account-key-file={pki / 'service-account.pub'}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--allow-privileged",
        "--profiling=false",
    ]


def _controller_manager(files: Files, ports: Ports) -> list[str]:
    own = files.controllers_kubeconfig
    return [
        f"--bind-address={LOOPBACK}",
        f"--secure-port={ports.controllers}",
        f"--kubeconfig={own}",
        f"--authentication-kubeconfig={own}",
        f"--authorization-kubeconfig={own}",
        "--use-service-account-credentials",
        f"--service-account-private-key-file={files.pki / 'service-account.key'}",
        f"--root-ca-file={files.pki / 'ca.crt'}",
        # One of a kind: an election would only delay its start.
        "--leader-elect=false",
        "--profiling=false",
    ]


#: How each component is started.
FLAGS: dict[str, Callable[[Files, Ports], list[str]]] = {
    "etcd": _etcd,
    "kube-apiserver": _apiserver,
    "kube-controller-manager": _controller_manager,
}
