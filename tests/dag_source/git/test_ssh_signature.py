"""What `ssh-keygen` signs and checks, checked here too."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mwaa_operator.fetch.ssh_signature import BEGIN, END, SshSignature, fingerprint, key_of

from .signers import with_ssh

CONTENT = b"tree and so on\n"


def string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def signed_with(directory: Path, namespace: str, digest: str) -> bytes:
    """Sign as people do."""
    words = ("ssh-keygen", "-q", "-Y", "sign", "-f", directory / "key", "-n", namespace, "-O", f"hashalg={digest}")
    return subprocess.run(words, input=CONTENT, check=True, capture_output=True).stdout


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_signature_holds_for_its_content_and_for_git(tmp_path: Path, digest: str) -> None:
    signer = with_ssh(tmp_path / "a", "ed25519")
    found = SshSignature.read(signed_with(tmp_path / "a", "git", digest))
    assert found.key == key_of(signer.public) and found.holds(CONTENT) and not found.holds(CONTENT + b" ")
    shown = subprocess.run(["ssh-keygen", "-l", "-f", tmp_path / "a" / "key.pub"], check=True, capture_output=True)
    assert fingerprint(found.key) == shown.stdout.decode().split()[1]
    # what the same key has signed for something else, such as mail
    assert not SshSignature.read(signed_with(tmp_path / "a", "file", digest)).holds(CONTENT)


@pytest.mark.parametrize("kind", ["sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"])
def test_a_key_in_a_security_token_counts(tmp_path: Path, kind: str) -> None:
    """There is no token here: its part is played, and ssh-keygen says whether it is played well."""
    counted, use = b"\x01\x00\x00\x00\x07", b"ssh:"
    outer = b"SSHSIG" + string(b"git") + string(b"") + string(b"sha512") + string(hashlib.sha512(CONTENT).digest())
    told = hashlib.sha256(use).digest() + counted + hashlib.sha256(outer).digest()
    if "ed25519" in kind:
        edwards = ed25519.Ed25519PrivateKey.generate()
        point, made = string(edwards.public_key().public_bytes_raw()), edwards.sign(told)
    else:
        curve = ec.generate_private_key(ec.SECP256R1())
        raw = curve.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        point = string(b"nistp256") + string(raw)
        pair = utils.decode_dss_signature(curve.sign(told, ec.ECDSA(SHA256())))
        made = b"".join(string(b"\0" + number.to_bytes(32, "big")) for number in pair)
    blob = string(kind.encode()) + point + string(use)
    body = b"SSHSIG\0\0\0\x01" + string(blob) + string(b"git") + string(b"") + string(b"sha512")
    body += string(string(kind.encode()) + string(made) + counted)
    armored = BEGIN + b"\n" + base64.encodebytes(body) + END + b"\n"

    line = f"{kind} {base64.b64encode(blob).decode()}"
    (tmp_path / "signature").write_bytes(armored)
    (tmp_path / "allowed").write_text(f"me {line}\n")
    words = ("ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "me", "-n", "git", "-s", "signature")
    subprocess.run(words, input=CONTENT, check=True, capture_output=True, cwd=tmp_path)
    found = SshSignature.read(armored)
    assert found.key == key_of(line) and found.holds(CONTENT) and not found.holds(CONTENT + b" ")


@pytest.mark.parametrize("armored", [b"", BEGIN, BEGIN + END, BEGIN + b"\nU1NIU0lH\n" + END, BEGIN + b"\n&&&&\n" + END])
def test_what_is_no_signature_is_refused(armored: bytes) -> None:
    with pytest.raises(ValueError):
        SshSignature.read(armored)


@pytest.mark.parametrize("kind", ["rsa", "ed25519", "ecdsa"])
def test_a_certificate_is_no_key_however_well_it_signs(tmp_path: Path, kind: str) -> None:
    """This one ran out long ago, and a key is listed for ever."""
    with_ssh(tmp_path / "authority", "ed25519")
    signer = with_ssh(tmp_path / "a", kind)
    words = ("ssh-keygen", "-q", "-s", tmp_path / "authority" / "key", "-I", "me", "-n", "me", "-V", "20000101:20000102")
    subprocess.run((*words, tmp_path / "a" / "key.pub"), check=True, capture_output=True)
    assert key_of(signer.public)
    with pytest.raises(ValueError, match="no public key of ssh"):
        key_of((tmp_path / "a" / "key-cert.pub").read_text())
