"""Signatures as cosign writes them: a payload that names a digest, signed with a key whose public half is known."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PAYLOAD = "application/vnd.dev.cosign.simplesigning.v1+json"
SIGNATURE = "dev.cosignproject.cosign/signature"
"""The annotation that holds a signature."""
TYPE = "cosign container image signature"


def signatures(digest: str) -> str:
    """Name the tag that has the signatures of a digest."""
    return f"{digest.replace(':', '-')}.sig"


def key_of(pem: str) -> EllipticCurvePublicKey:
    """Read a public key.

    Raises:
        ValueError: it is none, or not one of ECDSA.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("is no public key in PEM form") from error
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("is no key of ECDSA, which `cosign generate-key-pair` makes")
    return key


def is_signed(payload: bytes, signature: str, digest: str, keys: Iterable[EllipticCurvePublicKey]) -> bool:
    """Tell whether one of some keys has signed that it is this very digest.

    Args:
        payload: what was signed.
        signature: in base64.
        digest: `sha256:...`, which the payload must name.
        keys: whose signature counts.
    """
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    return any(_verified(key, raw, payload) for key in keys) and _names(payload) == digest


def _verified(key: EllipticCurvePublicKey, signature: bytes, payload: bytes) -> bool:
    try:
        key.verify(signature, payload, ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _names(payload: bytes) -> str:
    try:
        critical: Any = json.loads(payload)["critical"]
        return str(critical["image"]["docker-manifest-digest"]) if critical["type"] == TYPE else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
