"""Who has signed a commit or a tag: nothing is delivered that none of the keys has signed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from dulwich.errors import ObjectFormatException
from dulwich.objects import Commit, Tag

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import SIGNED_COMMIT, SIGNED_TAG, SIGNER, Origin
from . import ssh_signature

OPENPGP = "-----BEGIN PGP"

_Key = TypeVar("_Key")


def verify(origin: Origin, called: str, pointed_to: Tag | Commit, commit: Commit) -> None:
    """Let nothing pass that none of the keys has signed.

    Args:
        origin: with the keys, and which objects must be signed; without any all passes.
        called: the branch or tag.
        pointed_to: what it points to: the commit, or a tag of it.
        commit: the commit.

    Raises:
        OutsideError: something has no such signature, or a key cannot be read.
    """
    keys = frozenset(option.removeprefix(SIGNER) for option in origin.options if option.startswith(SIGNER))
    if SIGNED_TAG in origin.options:
        _verify_tag(origin, called, pointed_to, keys)
    if SIGNED_COMMIT in origin.options:
        _verify(origin, f"commit {commit.id.decode()}", commit, keys, "git commit -S")


def _verify_tag(origin: Origin, called: str, tag: Tag | Commit, keys: Collection[str]) -> None:
    if not isinstance(tag, Tag):
        why = "is a lightweight one, which cannot be signed. Make it with `git tag -s`, or have its commit checked: "
        raise _refused(origin, f"tag {called}", f"{why}`mode: Commit`")
    name = (tag.name or b"").decode(errors="replace")
    if name != called:
        # whoever may push can let another name point to a tag that was signed long ago
        raise _refused(origin, f"tag {called}", f"was made, and signed, as {name!r}. Make it with `git tag -s`")
    _verify(origin, f"tag {called}", tag, keys, "git tag -s")


def _verify(origin: Origin, what: str, found: Tag | Commit, keys: Collection[str], command: str) -> None:
    try:
        content, signature, _ = found.extract_signature()
        if signature is None:
            raise _refused(origin, what, f"has no signature. Sign it with `{command}`, or correct publicKeys")
        check = _openpgp if signature.startswith(OPENPGP.encode()) else _ssh
        fault = check(origin, content, signature, keys)
    except (ValueError, ObjectFormatException) as error:
        text = "has a signature that cannot be read, or is neither one of ssh nor one of OpenPGP"
        raise _refused(origin, what, f"{text}. Sign it anew with `{command}`") from error
    if fault:
        raise _refused(origin, what, f"{fault}. Sign it with one of publicKeys (`{command}`), or add the key there")


def _ssh(origin: Origin, content: bytes, signature: bytes, keys: Collection[str]) -> str:
    """Say what is wrong with a signature; empty where it is good."""
    known = [_read(origin, ssh_signature.key_of, key) for key in keys if not key.startswith(OPENPGP)]
    found = ssh_signature.SshSignature.read(signature)
    name = f"the ssh key {ssh_signature.fingerprint(found.key)}"
    if found.key not in known:
        return f"is signed with {name}, which is none of publicKeys"
    return "" if found.holds(content) else f"has a signature of {name}, which is of something else than this"


def _openpgp(origin: Origin, content: bytes, signature: bytes, keys: Collection[str]) -> str:
    """Say what is wrong with a signature; empty where it is good."""
    # it takes 10 MiB, and fewer and fewer sign this way
    from . import openpgp

    known = [each for key in keys if key.startswith(OPENPGP) for each in _read(origin, openpgp.certificates, key)]
    name = f"the OpenPGP key {openpgp.signer(signature)}"
    if openpgp.is_signed(content, signature, known):
        return ""
    return f"is signed with {name}, which is none of publicKeys, or was not good then, or has signed something else"


def _read(origin: Origin, read: Callable[[str], _Key], key: str) -> _Key:
    try:
        return read(key)
    except ValueError as error:
        text = f"{origin.where}.verify.publicKeys: one of them {error}. Correct it."
        raise OutsideError(Problem(Trouble.REFUSED, "VerificationFailed", text)) from error


def _refused(origin: Origin, what: str, why: str) -> OutsideError:
    text = f"{origin.where}.verify: {what} of {origin.url} {why}. It is not delivered."
    return OutsideError(Problem(Trouble.REFUSED, "VerificationFailed", text))
