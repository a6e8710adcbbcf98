"""Git over ssh: a host that the Secret does not know is not talked to, and nothing but its key is offered."""

from __future__ import annotations

import io
import socket
from collections.abc import Mapping
from typing import Any

import paramiko
from dulwich.client import SSHVendor

from ..core.errors import OutsideError, Problem, Trouble
from .wire import Wire

CONNECT_SECONDS, READ_SECONDS = 15.0, 60.0
SAID = 64 * 1024
KEYS: tuple[type[Any], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


class StrictSsh(SSHVendor):
    """Connects for dulwich."""

    def __init__(self, where: str, secret: Mapping[str, bytes], wire: Wire) -> None:
        """Take `identity` and `known_hosts`; `password` is the key's own, where it has one."""
        self._where = where
        self._key = _key(where, secret)
        self._hosts = _hosts(where, secret)
        self._wire = wire
        self._running: list[_Command] = []

    def close(self) -> None:
        """Hang up."""
        for command in self._running:
            command.close()

    def run_command(
        self,
        host: str,
        command: bytes,
        username: str | None = None,
        port: int | None = None,
        password: str | None = None,
        key_filename: str | None = None,
        ssh_command: str | None = None,
        protocol_version: int | None = None,
    ) -> Any:
        """Run a command on the host.

        Raises:
            OutsideError: the host is unknown or another one, does not let one in, or does not answer.
        """
        client = paramiko.SSHClient()
        for entry in self._hosts:
            for name in entry.hostnames or ():
                client.get_host_keys().add(name, entry.key.get_name(), entry.key)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        self._wire.hold(client.close)
        try:
            client.connect(
                host,
                port or 22,
                username,
                pkey=self._key,
                timeout=CONNECT_SECONDS,
                banner_timeout=CONNECT_SECONDS,
                auth_timeout=CONNECT_SECONDS,
                channel_timeout=CONNECT_SECONDS,
                allow_agent=False,
                look_for_keys=False,
            )
            transport = client.get_transport()
            assert transport is not None
            channel = transport.open_session(timeout=CONNECT_SECONDS)
            channel.settimeout(READ_SECONDS)
            channel.set_environment_variable("GIT_PROTOCOL", "version=2")
            channel.exec_command(command)
        except Exception as error:
            client.close()
            raise OutsideError(self._problem(host, port, username, error)) from error
        self._running.append(_Command(client, channel, self._wire))
        return self._running[-1]

    def _problem(self, host: str, port: int | None, username: str | None, error: Exception) -> Problem:
        at = f"{host}:{port}" if port else host
        match error:
            case paramiko.BadHostKeyException():
                text = f"{at} shows another key than `known_hosts` in the Secret has. If the host was changed, correct it"
                return Problem(Trouble.DENIED, "GitHostUnknown", f"{self._where}: {text}; if not, somebody stands between.")
            case paramiko.AuthenticationException():
                text = f"{at} does not take the key `identity` in the Secret for user {username}. Register its public half"
                return Problem(Trouble.DENIED, "GitAuthFailed", f"{self._where}: {text} there, or correct the Secret.")
            case paramiko.SSHException() if "not found in known_hosts" in str(error):
                text = f"the host {at} is not in `known_hosts` of the Secret. Add the line that `ssh-keyscan` gives for it"
                return Problem(Trouble.DENIED, "GitHostUnknown", f"{self._where}: {text}, once you have checked it.")
            case paramiko.SSHException() | OSError() | EOFError() | socket.gaierror():
                return Problem(Trouble.UNAVAILABLE, "GitUnreachable", f"{self._where}: {at} does not answer ({error}).")
        raise error


class _Command:
    """A running command, as dulwich wants to see it."""

    def __init__(self, client: paramiko.SSHClient, channel: paramiko.Channel, wire: Wire) -> None:
        self._client = client
        self._channel = channel
        self.read = wire.counted(channel.makefile("rb").read)
        self.stderr = _Said(channel)

    def write(self, data: bytes) -> int:
        self._channel.sendall(data)
        return len(data)

    def can_read(self) -> bool:
        return bool(self._channel.recv_ready())

    def close(self) -> None:
        self._channel.close()
        self._client.close()


class _Said:
    """What a command says of its failure, of which the start is enough."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._stream = channel.makefile_stderr("rb")

    def readlines(self) -> list[bytes]:
        return bytes(self._stream.read(SAID)).splitlines(keepends=True)


def _key(where: str, secret: Mapping[str, bytes]) -> paramiko.PKey:
    if not (text := secret.get("identity", b"").decode(errors="replace")):
        raise OutsideError(_refused(where, "the Secret has no `identity`. Put a private key into it"))
    password = secret["password"].decode(errors="replace") if "password" in secret else None
    for kind in KEYS:
        try:
            key: paramiko.PKey = kind.from_private_key(io.StringIO(text), password)
            return key
        except paramiko.PasswordRequiredException as error:
            raise OutsideError(_refused(where, "`identity` needs a password. Put it there as `password`")) from error
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    text = "`identity` in the Secret is no private key of type ed25519, ecdsa or rsa, or its password is wrong. Correct it"
    raise OutsideError(_refused(where, text))


def _hosts(where: str, secret: Mapping[str, bytes]) -> list[Any]:
    lines = secret.get("known_hosts", b"").decode(errors="replace").splitlines()
    entries = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith(("#", "@")):
            try:
                entry = paramiko.hostkeys.HostKeyEntry.from_line(line, number)
            except paramiko.SSHException:
                continue
            if entry is not None:
                entries.append(entry)
    if not entries:
        text = "the Secret has no `known_hosts` that names a host. Put the lines that `ssh-keyscan` gives into it"
        raise OutsideError(Problem(Trouble.DENIED, "GitHostUnknown", f"{where}: {text}, once you have checked them."))
    return entries


def _refused(where: str, text: str) -> Problem:
    return Problem(Trouble.DENIED, "GitAuthFailed", f"{where}: {text}.")
