"""Signatures as `ssh-keygen -Y sign` makes them, for git and for others (OpenSSH, PROTOCOL.sshsig and PROTOCOL.u2f)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import SSHPublicKeyTypes, load_ssh_public_key

BEGIN, END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
MAGIC, VERSION = b"SSHSIG", 1
NAMESPACE = b"git"
"""What it is for: one that the same key has made for mail or for a login does not count."""
DIGESTS = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
RSA = {b"rsa-sha2-256": hashes.SHA256(), b"rsa-sha2-512": hashes.SHA512()}
"""Those with SHA-1 (`ssh-rsa`) do not count."""
CURVES: dict[int, hashes.HashAlgorithm] = {256: hashes.SHA256(), 384: hashes.SHA384(), 521: hashes.SHA512()}
SECURITY_KEY = b"sk-"
KINDS = frozenset(
    {
        "ssh-ed25519",
        "ssh-rsa",
        *(f"ecdsa-sha2-nistp{size}" for size in CURVES),
        "sk-ssh-ed25519@openssh.com",
        "sk-ecdsa-sha2-nistp256@openssh.com",
    }
)
"""Those that sign. A certificate is no key: nobody would look when it ends, and whom its authority has made it for."""


def key_of(line: str) -> bytes:
    """Read a public key as `*.pub` has it, and give the form that signatures name it by.

    Raises:
        ValueError: it is none, or one of a kind that signs nothing here.
    """
    kind, _, rest = line.strip().partition(" ")
    try:
        blob = base64.b64decode(rest.split()[0] if rest.split() else "", validate=True)
        if kind not in KINDS or _Reader(blob).string() != kind.encode():
            raise ValueError
        _loaded(blob)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("is no public key of ssh, such as `ssh-ed25519 AAAA...`") from error
    return blob


def fingerprint(blob: bytes) -> str:
    """Give the name of a key as `ssh-keygen -l` shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


@dataclass(frozen=True)
class SshSignature:
    """One signature, and the key that it says has made it."""

    key: bytes
    namespace: bytes
    digest: bytes
    made: bytes

    @classmethod
    def read(cls, armored: bytes) -> SshSignature:
        """Read it.

        Raises:
            ValueError: it is none.
        """
        body, end, _ = armored.strip().removeprefix(BEGIN).partition(END)
        if not end:
            raise ValueError("it does not end")
        reader = _Reader(base64.b64decode(b"".join(body.split()), validate=True))
        if reader.take(len(MAGIC)) != MAGIC or reader.number() != VERSION:
            raise ValueError("it is of another format")
        key, namespace, _, digest, made = (reader.string() for _ in range(5))
        return cls(key, namespace, digest, made)

    def holds(self, content: bytes) -> bool:
        """Tell whether its key has signed some content, for git."""
        if self.namespace != NAMESPACE or self.digest not in DIGESTS:
            return False
        told = DIGESTS[self.digest](content).digest()
        signed = MAGIC + b"".join(map(_written, (self.namespace, b"", self.digest, told)))
        try:
            return _verified(self.key, self.made, signed)
        except (ValueError, UnsupportedAlgorithm, InvalidSignature):
            return False


def _verified(blob: bytes, made: bytes, signed: bytes) -> bool:
    """Check one signature.

    Raises:
        InvalidSignature: it is of another key or another content.
        ValueError: it cannot be read.
    """
    key, kind, reader = _loaded(blob), _Reader(blob).string(), _Reader(made)
    named, raw = reader.string(), reader.string()
    if kind.startswith(SECURITY_KEY):
        # such a key signs what it is used for, whether it was touched, and how often it has signed
        use = hashlib.sha256(_last(blob)).digest()
        signed = use + reader.take(5) + hashlib.sha256(signed).digest()
    match key:
        case RSAPublicKey() if named in RSA:
            key.verify(raw, signed, PKCS1v15(), RSA[named])
        case Ed25519PublicKey() if named == kind:
            key.verify(raw, signed)
        case EllipticCurvePublicKey() if named == kind:
            pair = _Reader(raw)
            r, s = (int.from_bytes(pair.string(), "big", signed=True) for _ in range(2))
            key.verify(encode_dss_signature(r, s), signed, ECDSA(CURVES[key.key_size]))
        case _:
            return False
    return True


def _loaded(blob: bytes) -> SSHPublicKeyTypes:
    return load_ssh_public_key(_Reader(blob).string() + b" " + base64.b64encode(blob))


def _last(blob: bytes) -> bytes:
    """Give what a security key's key is used for, such as `ssh:`: the last thing in it."""
    reader, last = _Reader(blob), b""
    while not reader.ended:
        last = reader.string()
    return last


def _written(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


class _Reader:
    """Reads ssh's wire format, and raises ValueError where it ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._data)

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise ValueError("it ends too early")
        self._at += count
        return taken

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        return self.take(self.number())
