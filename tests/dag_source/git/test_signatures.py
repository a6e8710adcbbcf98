"""Only what one of the keys has signed is delivered: commits and tags signed by git itself, over real git http."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mwaa_operator.api.dag_source import DagSourceSpec
from mwaa_operator.core.errors import OutsideError, Trouble
from mwaa_operator.core.origin import Origin
from mwaa_operator.kinds.dag_source import DagSourceKind

from .conftest import Git
from .served import git as run_git
from .signers import Signer, revoked, with_gpg, with_ssh

FILES = {"a.py": "A = 1\n"}
KINDS = {
    "ssh-ed25519": ("ed25519",),
    "ssh-rsa": ("rsa", "-b", "2048"),
    "ssh-ecdsa-256": ("ecdsa", "-b", "256"),
    "ssh-ecdsa-521": ("ecdsa", "-b", "521"),
    "gpg-ed25519": ("ed25519",),
    "gpg-rsa": ("rsa2048",),
}


@pytest.fixture
def gpg(tmp_path: Path) -> Iterator[Callable[..., Signer]]:
    made: list[Path] = []

    def new(**settings: str) -> Signer:
        made.append(tmp_path / f"gpg{len(made)}")
        return with_gpg(made[-1], **settings)

    yield new
    for each in made:
        # an agent stays behind for each keyring
        subprocess.run(["gpgconf", "--homedir", str(each), "--kill", "all"], check=True)


@pytest.fixture
def signers(tmp_path: Path, gpg: Callable[..., Signer]) -> Callable[[str], Signer]:
    count = itertools.count()

    def new(kind: str) -> Signer:
        if kind.startswith("gpg"):
            return gpg(algorithm=KINDS[kind][0])
        return with_ssh(tmp_path / f"ssh{next(count)}", *KINDS[kind])

    return new


def wanted(git: Git, *signers: Signer, ref: dict[str, str] | None = None, mode: str | None = None) -> Origin:
    """Give what a spec asks the fetcher for."""
    verify: dict[str, Any] = {"publicKeys": [f"\n{signer.public}\n" for signer in signers], "mode": mode}
    block = {"url": git.origin().url, "ref": ref, "verify": verify}
    [origin] = DagSourceKind().origins(DagSourceSpec.model_validate({"bucketRef": {"name": "b"}, "git": block}))
    return origin


def refused(git: Git, origin: Origin) -> str:
    """Expect a refusal that leaves nothing on the disk, and give its message."""
    before = git.stored()
    with pytest.raises(OutsideError) as error:
        git.fetch(origin)
    problem = error.value.problem
    assert (problem.trouble, problem.reason) == (Trouble.REFUSED, "VerificationFailed")
    assert git.stored() == before
    return problem.message


@pytest.mark.parametrize("kind", KINDS)
def test_a_commit_that_one_of_the_keys_has_signed_is_delivered_and_no_other(
    git: Git, signers: Callable[[str], Signer], kind: str
) -> None:
    there, known, other = git.repository(), signers(kind), signers("ssh-ed25519")
    signed = known.commit(there, FILES)
    fetched = git.fetch(wanted(git, other, known))
    assert dict(fetched.files) == {"a.py": b"A = 1\n"} and fetched.revision == f"main@sha1:{signed}"

    said = refused(git, wanted(git, other))
    assert f"commit {signed} of {git.origin().url} is signed with the {'ssh' if 'ssh' in kind else 'OpenPGP'} key" in said
    assert "none of publicKeys" in said and "`git commit -S`" in said and said.endswith("It is not delivered.")


def test_what_is_not_signed_is_not_delivered(git: Git, signers: Callable[[str], Signer]) -> None:
    there, known = git.repository(), signers("ssh-ed25519")
    known.commit(there, FILES)
    plain = there.commit({"a.py": "A = 'evil'\n"})
    for ref in (None, {"branch": "main"}, {"commit": plain}):
        said = refused(git, wanted(git, known, ref=ref))
        assert f"spec.git.verify: commit {plain} of" in said and "has no signature" in said


@pytest.mark.parametrize("kind", ["ssh-ed25519", "gpg-ed25519"])
def test_a_signature_of_another_commit_does_not_count(git: Git, signers: Callable[[str], Signer], kind: str) -> None:
    there, known = git.repository(), signers(kind)
    signed = known.commit(there, FILES)
    # the same signature over another message: git takes whatever it is given
    raw = run_git(there.bare, "cat-file", "commit", signed).replace("a signed change", "another change")
    forged = run_git(there.bare, "hash-object", "-t", "commit", "-w", "--stdin", stdin=raw.encode() + b"\n")
    run_git(there.bare, "update-ref", "refs/heads/main", forged)
    said = refused(git, wanted(git, known))
    assert forged in said and "something else" in said


@pytest.mark.parametrize("kind", ["ssh-ed25519", "gpg-ed25519"])
@pytest.mark.parametrize("ref", [{"tag": "v1.0.0"}, {"semver": "1.x"}])
def test_by_a_tag_the_tag_must_be_signed(git: Git, signers: Callable[[str], Signer], kind: str, ref: dict[str, str]) -> None:
    there, known, other = git.repository(), signers(kind), signers("ssh-ed25519")
    commit = there.commit(FILES)
    known.tag(there, "v1.0.0")
    fetched = git.fetch(wanted(git, known, ref=ref))
    assert dict(fetched.files) == {"a.py": b"A = 1\n"} and fetched.revision == f"v1.0.0@sha1:{commit}"
    assert "tag v1.0.0 of" in refused(git, wanted(git, other, ref=ref))
    for mode in ("Commit", "TagAndCommit"):
        assert f"commit {commit} of" in refused(git, wanted(git, known, ref=ref, mode=mode))


def test_a_tag_that_is_not_signed_may_lead_to_a_commit_that_is(git: Git, signers: Callable[[str], Signer]) -> None:
    there, known = git.repository(), signers("ssh-ed25519")
    known.commit(there, FILES)
    there.tag("light")
    there.tag("annotated", annotated=True)
    for name, said in (("light", "lightweight"), ("annotated", "has no signature")):
        assert said in refused(git, wanted(git, known, ref={"tag": name}))
        assert said in refused(git, wanted(git, known, ref={"tag": name}, mode="TagAndCommit"))
        assert dict(git.fetch(wanted(git, known, ref={"tag": name}, mode="Commit")).files) == {"a.py": b"A = 1\n"}
    known.tag(there, "signed")
    assert git.fetch(wanted(git, known, ref={"tag": "signed"}, mode="TagAndCommit")).files


def test_a_signed_tag_holds_for_its_own_name(git: Git, signers: Callable[[str], Signer]) -> None:
    there, known = git.repository(), signers("ssh-ed25519")
    there.commit(FILES)
    known.tag(there, "v1.0.0")
    there.commit({"a.py": "A = 2\n"})
    # whoever may push, and has no key, would like the old one back
    run_git(there.work, "push", "-q", "origin", "v1.0.0:refs/tags/v1.9.0")
    said = refused(git, wanted(git, known, ref={"semver": "1.x"}))
    assert "tag v1.9.0 of" in said and "signed, as 'v1.0.0'" in said


def test_a_key_that_has_run_out_has_signed_what_it_signed_before(git: Git, gpg: Callable[..., Signer]) -> None:
    known = gpg(at="20240101T000000", valid="2024-02-01")
    known.commit(git.repository(), FILES)
    assert git.fetch(wanted(git, known)).files


def test_a_key_that_was_revoked_has_signed_nothing(git: Git, gpg: Callable[..., Signer]) -> None:
    known = gpg()
    known.commit(git.repository(), FILES)
    assert "was not good then" in refused(git, wanted(git, revoked(known)))


def test_a_signature_with_sha1_does_not_count(git: Git, gpg: Callable[..., Signer]) -> None:
    known, there = gpg(algorithm="rsa2048"), git.repository()
    settings = Path(known.environment["GNUPGHOME"]) / "gpg.conf"
    settings.write_text("digest-algo SHA1\nweak-digest MD5\n")
    known.commit(there, FILES)
    assert "is signed with the OpenPGP key" in refused(git, wanted(git, known))
    settings.write_text("digest-algo SHA256\n")
    known.commit(there, {"a.py": "A = 2\n"})
    assert git.fetch(wanted(git, known)).files


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        (b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----", "cannot be read"),
        (b"-----BEGIN SSH SIGNATURE-----\n!", "cannot be read"),
        (b"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----", "cannot be read"),
        (b"-----BEGIN SIGNED MESSAGE-----\nAAAA\n-----END SIGNED MESSAGE-----", "neither one of ssh nor one of OpenPGP"),
    ],
)
def test_a_signature_that_is_none_is_named(git: Git, signers: Callable[[str], Signer], signature: bytes, said: str) -> None:
    there, known = git.repository(), signers("ssh-ed25519")
    raw = run_git(there.bare, "cat-file", "commit", there.commit(FILES)).encode()
    head, _, message = raw.partition(b"\n\n")
    body = head + b"\ngpgsig " + signature.replace(b"\n", b"\n ") + b"\n\n" + message + b"\n"
    commit = run_git(there.bare, "hash-object", "-t", "commit", "-w", "--stdin", stdin=body)
    run_git(there.bare, "update-ref", "refs/heads/main", commit)
    assert said in refused(git, wanted(git, known))


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("ssh-ed25519", "ssh-ed25519 AAAA"),
        ("ssh-ed25519", "ssh-dss AAAAB3NzaC1kc3MAAAAA"),
        ("gpg-ed25519", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----"),
    ],
)
def test_a_key_that_is_none_is_named(git: Git, signers: Callable[[str], Signer], kind: str, key: str) -> None:
    known = signers(kind)
    known.commit(git.repository(), FILES)
    said = refused(git, wanted(git, known, replace(known, public=key)))
    assert said.startswith("spec.git.verify.publicKeys: one of them is no public key of")


def test_a_mode_of_tags_needs_a_tag(git: Git, signers: Callable[[str], Signer]) -> None:
    with pytest.raises(ValidationError, match=r"need ref\.tag or ref\.semver"):
        wanted(git, signers("ssh-ed25519"), ref={"branch": "main"}, mode="Tag")
