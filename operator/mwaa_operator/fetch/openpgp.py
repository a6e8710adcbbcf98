"""Signatures as gpg and others make them, checked by Sequoia: a library, and no program that would have a keyring."""

from __future__ import annotations

from collections.abc import Sequence

from pysequoia import Cert, Sig, verify


def certificates(text: str) -> Sequence[Cert]:
    """Read public keys as `gpg --armor --export` writes them.

    Raises:
        ValueError: there is none.
    """
    try:
        found = Cert.split_bytes(text.encode())
    except RuntimeError as error:
        raise ValueError("is no public key of OpenPGP") from error
    if not found:
        raise ValueError("is no public key of OpenPGP")
    return found


def signer(armored: bytes) -> str:
    """Name the key that a signature says has made it.

    Raises:
        ValueError: it is no signature.
    """
    sig = _read(armored)
    return (sig.issuer_fingerprint or sig.issuer_key_id or "of no name").upper()


def is_signed(content: bytes, armored: bytes, keys: Sequence[Cert]) -> bool:
    """Tell whether one of some keys has signed some content: one that was good then, and was not revoked since.

    Raises:
        ValueError: it is no signature.
    """
    try:
        return bool(verify(bytes=content, store=lambda _: list(keys), signature=_read(armored)).valid_sigs)
    except RuntimeError:
        return False


def _read(armored: bytes) -> Sig:
    try:
        return Sig.from_bytes(armored)
    except RuntimeError as error:
        raise ValueError("it cannot be read") from error
