"""etcd and kube-apiserver of our own, on the loopback address, in one directory."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

from devcluster import certificates, flags, kubeconfig, tools
from devcluster.cluster import Cluster
from devcluster.ports import LOOPBACK, free_port
from devcluster.processes import ProcessFailed, Running, spawn

READY_TIMEOUT_SECONDS = 120.0
_PROBE_TIMEOUT_SECONDS = 5.0
_PORT_ATTEMPTS = 3
# An API server whose storage is gone would wait for it longer than anybody waits for a stop.
_GRACE_SECONDS = 5.0


class ControlPlane(Cluster):
    """A cluster without nodes: a real API server with RBAC, admission and storage, and nothing that runs pods.

    Every start begins with an empty cluster. What the controller manager does is only done with ``controllers``: owned
    objects are collected, namespaces finalised, service accounts made in each namespace, and the roles ``admin``,
    ``edit`` and ``view`` filled with rules (without it they are empty).
    """

    def __init__(self, directory: Path, *, controllers: bool = False) -> None:
        """Keep state and logs in this directory. Nothing is started yet."""
        super().__init__(directory)
        self.controllers = controllers
        self.logs = self.directory / "logs"
        self._files = flags.Files(self.directory)
        self._ports: flags.Ports | None = None
        self._running: dict[str, Running] = {}
        self._detached = False

    @classmethod
    @contextlib.contextmanager
    def started(cls, directory: Path, *, controllers: bool = False) -> Iterator[ControlPlane]:
        """Start a control plane that is usable within the block and gone after it."""
        plane = cls(directory, controllers=controllers)
        plane.start()
        try:
            yield plane
        finally:
            plane.stop()

    @classmethod
    def load(cls, directory: Path) -> ControlPlane | None:
        """Return the control plane that was detached in this directory, if all of it still runs."""
        plane = cls(directory)
        try:
            state = json.loads(plane._files.state.read_text())
            plane.controllers, plane._ports = bool(state["controllers"]), flags.Ports(**state["ports"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        plane._detached = True
        for name in plane._names():
            running = Running.load(plane._files.record(name))
            if running is None or not running.alive():
                return None
            plane._running[name] = running
        return plane

    @classmethod
    def still_running(cls, directory: Path) -> list[str]:
        """Return the names of the detached components of this directory that run, even where others have ended."""
        files = flags.Files(directory.absolute())
        recorded = {name: Running.load(files.record(name)) for name in flags.COMPONENTS}
        return [name for name, running in recorded.items() if running and running.alive()]

    @classmethod
    def sweep(cls, directory: Path) -> list[str]:
        """Stop whatever was detached in this directory, whole or half; return the names of what still ran."""
        plane, stopped = cls(directory), []
        for name in reversed(flags.COMPONENTS):
            running = Running.load(plane._files.record(name))
            if running and running.alive():
                running.stop()
                stopped.append(name)
            plane._files.record(name).unlink(missing_ok=True)
        plane._files.state.unlink(missing_ok=True)
        return stopped

    @property
    def server(self) -> str:
        """The URL of the API server; it stays the same over restarts."""
        assert self._ports, "the control plane was not started"
        return f"https://{LOOPBACK}:{self._ports.apiserver}"

    def start(self) -> None:
        """Start an empty cluster and wait until it answers. What is missing is built first, or named."""
        if self._running:
            raise RuntimeError(f"the control plane in {self.directory} is started already")
        if names := self.still_running(self.directory):
            raise RuntimeError(f"{', '.join(names)} already run in {self.directory}: devcluster down --dir {self.directory}")
        binaries = tools.ensure(*self._names())
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            self._empty_directory()
            self._ports = flags.Ports(etcd=free_port(), apiserver=free_port(), controllers=free_port())
            self._write_identities()
            try:
                self._start_all(binaries)
                return
            except BaseException as error:
                self.stop()
                # Another program may take a port between our look and the server's start.
                if not (isinstance(error, ProcessFailed) and "address already in use" in str(error)):
                    raise
                if attempt == _PORT_ATTEMPTS:
                    raise

    def stop(self) -> None:
        """Stop what runs, the API server before its storage. Files stay, so that logs can be read."""
        for name in reversed(flags.COMPONENTS):
            if running := self._running.pop(name, None):
                running.stop()
                self._files.record(name).unlink(missing_ok=True)
        self._files.state.unlink(missing_ok=True)
        self._detached = False

    def detach(self) -> None:
        """Let the control plane outlive this process; `load` and `stop`, or `sweep`, end it later."""
        assert self._ports, "the control plane was not started"
        state = {"controllers": self.controllers, "ports": vars(self._ports)}
        self._files.state.write_text(json.dumps(state) + "\n")
        for name, running in self._running.items():
            running.detach(self._files.record(name))
        self._detached = True

    def stop_apiserver(self) -> None:
        """Stop the API server alone. Clients are refused from now on; objects stay in etcd."""
        self._running.pop("kube-apiserver").stop()

    def start_apiserver(self) -> None:
        """Start the API server again on its port, with the objects it had, and wait until it answers."""
        self._start("kube-apiserver", tools.ensure("kube-apiserver")["kube-apiserver"])
        self._wait_for_apiserver()
        if self._detached:
            self.detach()

    def restart_apiserver(self) -> None:
        """Stop the API server and start it again: same port, same objects, every connection and watch broken."""
        self.stop_apiserver()
        self.start_apiserver()

    def _names(self) -> tuple[str, ...]:
        return flags.COMPONENTS if self.controllers else flags.COMPONENTS[:2]

    def _empty_directory(self) -> None:
        """Remove what an earlier cluster left here, and nothing that is not ours."""
        for path in (self._files.pki, self._files.etcd_data, self.logs):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True, mode=0o700)
        self.kubeconfig.unlink(missing_ok=True)

    def _write_identities(self) -> None:
        authority = certificates.Authority(self._files.pki)
        authority.server("etcd")
        authority.client("etcd-client", "kube-apiserver")
        authority.server("apiserver", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
        certificates.write_service_account_keys(self._files.pki)
        admin = authority.client("admin", "admin", "system:masters")
        kubeconfig.write(self.kubeconfig, kubeconfig.for_certificate(self.server, authority.certificate, admin))
        controllers = authority.client("controller-manager", "system:kube-controller-manager")
        content = kubeconfig.for_certificate(self.server, authority.certificate, controllers)
        kubeconfig.write(self._files.controllers_kubeconfig, content)

    def _start_all(self, binaries: dict[str, Path]) -> None:
        # Both at once: the API server waits for its storage by itself, and that is quicker than one after the other.
        self._start("etcd", binaries["etcd"])
        self._start("kube-apiserver", binaries["kube-apiserver"])
        self._wait_for_apiserver()
        if self.controllers:
            self._start("kube-controller-manager", binaries["kube-controller-manager"])

    def _start(self, name: str, binary: Path) -> None:
        assert self._ports
        argv: list[str | Path] = [binary, *flags.flags(name, self._files, self._ports)]
        self._running[name] = spawn(argv, log=self.logs / f"{name}.log", name=name, grace=_GRACE_SECONDS)

    def _wait_for_apiserver(self) -> None:
        etcd = self._running["etcd"]

        def usable() -> bool:
            if not etcd.alive():
                raise ProcessFailed(f"etcd ended before kube-apiserver was ready\n{etcd.tail()}")
            # The namespace is made a moment after the server calls itself ready.
            return self._answers("/readyz") and self._answers("/api/v1/namespaces/default")

        self._running["kube-apiserver"].wait_until(usable, READY_TIMEOUT_SECONDS)

    def _answers(self, path: str) -> bool:
        """Tell whether the API server answers 200 to the administrator."""
        pki = self._files.pki
        context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        context.load_cert_chain(pki / "admin.crt", pki / "admin.key")
        assert self._ports
        connection = http.client.HTTPSConnection(
            LOOPBACK, self._ports.apiserver, timeout=_PROBE_TIMEOUT_SECONDS, context=context
        )
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()
