"""Git repositories behind real servers on loopback: `git http-backend` over TLS, and `git-upload-pack` over ssh."""

from __future__ import annotations

import base64
import contextlib
import datetime
import ipaddress
import os
import shlex
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import paramiko
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_ALLOW_PROTOCOL": "file",
}


def git(directory: Path, *words: str, stdin: bytes | None = None) -> str:
    """Run git."""
    done = subprocess.run(["git", "-C", str(directory), *words], input=stdin, capture_output=True, env=ENVIRONMENT)
    assert done.returncode == 0, f"git {' '.join(words)}: {done.stderr.decode()}"
    return done.stdout.decode().strip()


@dataclass
class Repository:
    """A bare repository, and a working copy that pushes to it."""

    bare: Path
    work: Path

    @classmethod
    def made(cls, root: Path, name: str) -> Repository:
        bare, work = root / "served" / f"{name}.git", root / "work" / name
        for each in (bare, work):
            each.mkdir(parents=True)
        git(bare, "init", "-q", "--bare", "-b", "main")
        git(work, "init", "-q", "-b", "main")
        git(work, "remote", "add", "origin", str(bare))
        return cls(bare, work)

    def commit(self, files: Mapping[str, str | bytes | None], branch: str = "main", force: bool = False) -> str:
        """Write and delete files, commit, push, and give the commit."""
        git(self.work, "checkout", "-q", "-B", branch)
        for path, content in files.items():
            there = self.work / path
            if content is None:
                there.unlink()
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(content.encode() if isinstance(content, str) else content)
        git(self.work, "add", "-A", "-f")
        git(self.work, "commit", "-q", "--allow-empty", "-m", "a change")
        return self.push(branch, force)

    def push(self, branch: str = "main", force: bool = False) -> str:
        git(self.work, "push", "-q", *(["--force"] if force else []), "origin", f"HEAD:refs/heads/{branch}")
        return git(self.work, "rev-parse", "HEAD")

    def tag(self, name: str, annotated: bool = False) -> str:
        """Tag what was committed last, and give the commit."""
        git(self.work, "tag", *(["-a", "-m", "a tag"] if annotated else []), name)
        git(self.work, "push", "-q", "origin", f"refs/tags/{name}")
        return git(self.work, "rev-parse", "HEAD")

    def hostile(self, entries: list[tuple[str, str, bytes]]) -> str:
        """Push a commit whose tree has what `git add` would refuse: `(mode, name, content)`, as raw as can be."""
        raw = b""
        for mode, name, content in sorted(entries, key=lambda entry: entry[1]):
            kind = "tree" if mode == "40000" else "blob"
            if mode == "160000":
                sha = content.decode()
            else:
                sha = git(self.bare, "hash-object", "-t", kind, "-w", "--literally", "--stdin", stdin=content)
            raw += f"{mode} {name}\0".encode("utf-8", "surrogateescape") + bytes.fromhex(sha)
        tree = git(self.bare, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
        commit = git(self.bare, "commit-tree", tree, "-m", "hostile")
        git(self.bare, "update-ref", "refs/heads/main", commit)
        return commit


@dataclass(frozen=True)
class Certificate:
    """A certificate authority that vouches for itself, on loopback."""

    certificate: Path
    key: Path

    @classmethod
    def made(cls, directory: Path, host: str = "localhost") -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "git of a test")])
        now = datetime.datetime.now(datetime.UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(1)
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=2))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
                False,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
            .sign(key, hashes.SHA256())
        )
        files = cls(directory / "ca.crt", directory / "server.key")
        files.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        form = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        files.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
        return files


@dataclass
class Asked:
    """One request that the server was sent."""

    method: str
    path: str
    authorization: str
    body: bytes


class Drip:
    """Answers byte by byte, never so slowly that a wait for the next byte would end it."""

    def __init__(self) -> None:
        self.stopped = threading.Event()

    def write(self, send: Callable[[bytes], object], data: bytes) -> int:
        for byte in data:
            self.stopped.wait(0.02)
            send(bytes([byte]))
        return len(data)


class _Dripping:
    def __init__(self, drip: Drip, stream: Any) -> None:
        self._drip, self._stream = drip, stream

    def write(self, data: bytes) -> int:
        return self._drip.write(self._stream.write, data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@dataclass
class GitOverHttps:
    """`git http-backend`, which is git itself, behind a small server that asks for credentials."""

    root: Path
    certificate: Certificate
    asked: list[Asked] = field(default_factory=list)
    credentials: str = ""
    """The header that is asked for; empty where anybody may read."""
    old: bool = False
    """Whether it speaks as git did before version 2 of its protocol, which gives commits by their hash."""
    moved: str = ""
    """Where requests are sent on to."""
    drip: Drip | None = None
    """How slowly it answers."""

    def __post_init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.certificate, self.certificate.key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_port}"

    def let_in(self, user: str, password: str) -> None:
        self.credentials = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def looks(self) -> int:
        """Count how often references were asked for."""
        return sum("info/refs" in each.path for each in self.asked)

    def packs(self) -> list[bytes]:
        """Give the requests for objects."""
        return [each.body for each in self.asked if b"command=ls-refs" not in each.body and each.method == "POST"]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, git_server: GitOverHttps, *rest: object) -> None:
        self.git = git_server
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *words: object) -> None: ...

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # whoever is too slow is hung up on
            super().handle()

    def _serve(self, body: bytes) -> None:
        authorization = self.headers.get("Authorization", "")
        self.git.asked.append(Asked(self.command, self.path, authorization, body))
        if self.git.drip:
            self.wfile = _Dripping(self.git.drip, self.wfile)  # type: ignore[assignment]
        if self.git.moved:
            return self._answer(302, {"Location": self.git.moved + self.path}, b"")
        if self.git.credentials and authorization != self.git.credentials:
            return self._answer(401, {"WWW-Authenticate": 'Basic realm="git"'}, b"no")
        url = urlsplit(self.path)
        environment = {
            **ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(self.git.root / "served"),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "GIT_PROTOCOL": "" if self.git.old else self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        status = int(headers.pop("Status", "200 OK").split()[0])
        return self._answer(status, headers, content)

    def _answer(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@dataclass
class GitOverSsh:
    """The real `git-upload-pack` behind an ssh server of paramiko's: a fresh machine has no sshd.

    What is proved with it is what the client does with keys, hosts and streams; both ends have one implementation of ssh.
    """

    root: Path
    allowed: paramiko.PKey
    key: paramiko.PKey = field(default_factory=lambda: paramiko.ECDSAKey.generate())
    environment: dict[str, str] = field(default_factory=dict)
    users: list[str] = field(default_factory=list)
    drip: Drip | None = None

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def url(self) -> str:
        return f"ssh://git@127.0.0.1:{self.port}"

    def known_hosts(self, key: paramiko.PKey | None = None) -> bytes:
        key = key or self.key
        return f"# a remark\n[127.0.0.1]:{self.port} {key.get_name()} {key.get_base64()}\n".encode()

    def stop(self) -> None:
        # closing alone would leave the thread in `accept`, which takes one more connection then
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        transport = paramiko.Transport(connection)
        transport.add_server_key(self.key)
        door = _Door(self)
        try:
            transport.start_server(server=door)
            channel = transport.accept(20)
            if channel is None or not door.asked.wait(20):
                return
            with channel:
                channel.send_exit_status(self._run(channel, door.command))
            # whoever hangs up first resets the connection, and with it what is still on the way
            transport.join(20)
        except (paramiko.SSHException, EOFError, OSError):
            return
        finally:
            transport.close()

    def _run(self, channel: paramiko.Channel, command: str) -> int:
        program, path = shlex.split(command)
        assert program == "git-upload-pack"
        served = str(self.root / "served" / path.lstrip("/"))
        there = {**ENVIRONMENT, **self.environment}
        process = subprocess.Popen(
            ["git", "upload-pack", served], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=there
        )
        assert process.stdin and process.stdout and process.stderr
        threading.Thread(target=self._feed, args=(channel, process.stdin), daemon=True).start()
        while data := os.read(process.stdout.fileno(), 32768):
            self.drip.write(channel.sendall, data) if self.drip else channel.sendall(data)
        channel.sendall_stderr(process.stderr.read())
        return process.wait()

    @staticmethod
    def _feed(channel: paramiko.Channel, stdin: IO[bytes]) -> None:
        with contextlib.suppress(OSError), stdin:
            while data := channel.recv(32768):
                stdin.write(data)
                stdin.flush()


class _Door(paramiko.ServerInterface):
    def __init__(self, server: GitOverSsh) -> None:
        self._server = server
        self.asked = threading.Event()
        self.command = ""

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self._server.users.append(username)
        good = key.asbytes() == self._server.allowed.asbytes()
        return int(paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_env_request(self, channel: paramiko.Channel, name: bytes, value: bytes) -> bool:
        return False

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self.command = command.decode()
        self.asked.set()
        return True
