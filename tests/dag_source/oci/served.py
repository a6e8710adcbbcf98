"""A real registry (CNCF Distribution) on loopback, what is pushed to it, and who gives tokens for it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import ssl
import tarfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import bcrypt
import urllib3
import yaml
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from devcluster import ensure
from devcluster.ports import free_port
from devcluster.processes import Running, spawn

from ..git.served import Certificate

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
TAR_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
EMPTY = b"{}"


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def tar(files: Mapping[str, str | bytes], zipped: bool = True) -> bytes:
    """Pack files as `tar -C dir -cz .` does."""
    return tar_of((_file(f"./{path}", content) for path, content in files.items()), zipped)


def tar_of(members: Iterable[tuple[tarfile.TarInfo, bytes]], zipped: bool = True) -> bytes:
    """Pack whatever there is, as raw as can be."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0) if zipped else buffer.getvalue()


def _file(name: str, content: str | bytes) -> tuple[tarfile.TarInfo, bytes]:
    data = content.encode() if isinstance(content, str) else content
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


@dataclass
class Registry:
    """The program, and a client that pushes."""

    directory: Path
    certificate: Certificate | None = None
    auth: Mapping[str, Any] = field(default_factory=dict)
    authorization: Callable[[str], str] = lambda repository: ""
    """The header with which the tests themselves may push."""

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        http: dict[str, Any] = {"addr": f"127.0.0.1:{self.port}", "secret": "of a test"}
        if self.certificate:
            http["tls"] = {"certificate": str(self.certificate.certificate), "key": str(self.certificate.key)}
        config = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": False}},
            "storage": {"filesystem": {"rootdirectory": str(self.directory / "data")}, "delete": {"enabled": True}},
            "http": http,
            **({"auth": self.auth} if self.auth else {}),
        }
        path = self.directory / "config.yaml"
        path.write_text(yaml.safe_dump(config))
        authority = {"ca_certs": str(self.certificate.certificate)} if self.certificate else {}
        self._http = urllib3.PoolManager(**authority)
        program = ensure("registry")["registry"]
        environment = {"OTEL_TRACES_EXPORTER": "none", "PATH": "/usr/bin:/bin"}
        self.running: Running = spawn(
            [str(program), "serve", str(path)], log=self.directory / "registry.log", env=environment, name="registry"
        )
        self.running.wait_until(self._answers, timeout=30)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"oci://{self.host}"

    def _answers(self) -> bool:
        try:
            return self._http.request("GET", self._base(""), retries=False).status in (200, 401)
        except urllib3.exceptions.HTTPError:
            return False

    def _base(self, path: str) -> str:
        return f"{'https' if self.certificate else 'http'}://{self.host}/v2/{path}"

    def _send(self, method: str, url: str, repository: str, data: bytes = b"", type_: str = "") -> urllib3.BaseHTTPResponse:
        headers = {"Content-Type": type_ or "application/octet-stream"}
        if header := self.authorization(repository):
            headers["Authorization"] = header
        answer = self._http.request(method, url, body=data, headers=headers)
        assert answer.status < 300, (method, url, answer.status, answer.data[:300])
        return answer

    def blob(self, repository: str, data: bytes) -> str:
        there = self._send("POST", self._base(f"{repository}/blobs/uploads/"), repository).headers["Location"]
        self._send("PUT", f"{there}{'&' if '?' in there else '?'}digest={sha256(data)}", repository, data)
        return sha256(data)

    def layer(self, repository: str, data: bytes, type_: str = TAR_GZIP, **annotations: str) -> dict[str, Any]:
        said = {name.replace("__", "/").replace("_", "."): value for name, value in annotations.items()}
        described = {"mediaType": type_, "digest": self.blob(repository, data), "size": len(data)}
        return {**described, **({"annotations": said} if said else {})}

    def manifest(self, repository: str, tag: str, layers: list[dict[str, Any]], **more: Any) -> str:
        """Push a manifest, and give its digest."""
        config = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": self.blob(repository, EMPTY), "size": 2}
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers, **more}
        return self.put(repository, tag, json.dumps(document).encode(), MANIFEST)

    def put(self, repository: str, tag: str, data: bytes, type_: str) -> str:
        self._send("PUT", self._base(f"{repository}/manifests/{tag}"), repository, data, type_)
        return sha256(data)

    def push(self, repository: str, tag: str, files: Mapping[str, str | bytes]) -> str:
        """Push files as one archive, and give the digest."""
        return self.manifest(repository, tag, [self.layer(repository, tar(files))])

    def sign(self, repository: str, digest: str, key: ec.EllipticCurvePrivateKey, **changed: Any) -> None:
        """Sign a digest as `cosign sign --key` does."""
        image = {"docker-manifest-digest": changed.pop("names", digest)}
        identity = {"docker-reference": f"{self.host}/{repository}"}
        critical = {"identity": identity, "image": image, "type": changed.pop("type", "cosign container image signature")}
        payload = json.dumps({"critical": critical, "optional": None}).encode()
        made = base64.b64encode(key.sign(payload, ec.ECDSA(hashes.SHA256()))).decode()
        layer = self.layer(repository, payload, PAYLOAD)
        layer["annotations"] = {"dev.cosignproject.cosign/signature": changed.pop("signature", made)}
        self.manifest(repository, f"{digest.replace(':', '-')}.sig", [layer])

    def asked(self) -> list[str]:
        """Give the requests that it has logged."""
        return [line for line in (self.directory / "registry.log").read_text().splitlines() if '"GET /v2' in line]

    def stop(self) -> None:
        self.running.stop()


def htpasswd(directory: Path, user: str, password: str) -> dict[str, Any]:
    """Let one user in, by password."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / "htpasswd"
    path.write_text(f"{user}:{bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()}\n")
    return {"htpasswd": {"realm": "a test", "path": str(path)}}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def public(key: ec.EllipticCurvePrivateKey) -> str:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form).decode()


@dataclass
class Tokens:
    """Who gives tokens for a registry, for a user and a password (distribution, token authentication)."""

    directory: Path
    certificate: Certificate
    user: str = "me"
    password: str = "secret"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    asked: list[tuple[str, str]] = field(default_factory=list)
    """What was asked for, and by whom."""

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate.certificate, self.certificate.key)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_TokenHandler, self))
        self._server.daemon_threads = True
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        numbers = self.key.public_key().public_numbers()
        known = {"kty": "EC", "crv": "P-256", "kid": "k", "use": "sig", "x": _number(numbers.x), "y": _number(numbers.y)}
        (self.directory / "keys.json").write_text(json.dumps({"keys": [known]}))

    @property
    def auth(self) -> dict[str, Any]:
        realm = f"https://127.0.0.1:{self._server.server_port}/token"
        said = {"realm": realm, "service": "registry", "issuer": "a test", "jwks": str(self.directory / "keys.json")}
        return {"token": said}

    def token(self, repository: str, *actions: str) -> str:
        now = int(time.time())
        access = [{"type": "repository", "name": repository, "actions": list(actions)}]
        claims = {"iss": "a test", "sub": "me", "aud": "registry", "nbf": now - 10, "iat": now, "exp": now + 300}
        claims |= {"jti": "1", "access": access}  # type: ignore[dict-item]
        signed = ".".join(_coded(json.dumps(each).encode()) for each in ({"alg": "ES256", "typ": "JWT", "kid": "k"}, claims))
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"{signed}.{_coded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: int) -> str:
    return _coded(value.to_bytes(32, "big"))


class _TokenHandler(BaseHTTPRequestHandler):
    def __init__(self, tokens: Tokens, *rest: object) -> None:
        self.tokens = tokens
        super().__init__(*rest)  # type: ignore[arg-type]

    def log_message(self, *words: object) -> None: ...

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        scope, header = asked["scope"][0], self.headers.get("Authorization", "")
        self.tokens.asked.append((scope, header))
        good = header == basic(self.tokens.user, self.tokens.password)
        body = json.dumps({"token": self.tokens.token(scope.split(":")[1], "pull")}).encode() if good else b"{}"
        self.send_response(200 if good else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
