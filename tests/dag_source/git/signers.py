"""People with keys, who sign commits and tags with git itself: by real `ssh-keygen` and real `gpg`."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from .served import ENVIRONMENT, Repository, git


@dataclass(frozen=True)
class Signer:
    """Somebody with a key."""

    public: str
    settings: tuple[str, ...]
    """What git is told before its command."""
    environment: dict[str, str]

    def commit(self, repository: Repository, files: dict[str, str], branch: str = "main") -> str:
        """Commit with a signature, push, and give the commit."""
        git(repository.work, "checkout", "-q", "-B", branch)
        for path, text in files.items():
            there = repository.work / path
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(text)
        git(repository.work, "add", "-A")
        self._git(repository, "commit", "-q", "-S", "--allow-empty", "-m", "a signed change")
        return repository.push(branch)

    def tag(self, repository: Repository, name: str) -> None:
        """Tag what was committed last, with a signature, and push that."""
        self._git(repository, "tag", "-s", "-m", "a signed tag", name)
        git(repository.work, "push", "-q", "origin", f"refs/tags/{name}")

    def _git(self, repository: Repository, *words: str) -> None:
        words = ("git", "-C", str(repository.work), *self.settings, *words)
        done = subprocess.run(words, capture_output=True, env=ENVIRONMENT | self.environment)
        assert done.returncode == 0, done.stderr.decode()


def with_ssh(directory: Path, kind: str, *more: str) -> Signer:
    """Make a key of ssh, and give who has it."""
    directory.mkdir()
    key = directory / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *more, "-N", "", "-C", "a b@example.com", "-f", key], check=True)
    settings = ("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}")
    return Signer((directory / "key.pub").read_text(), settings, {})


def with_gpg(directory: Path, algorithm: str = "ed25519", at: str = "", valid: str = "never") -> Signer:
    """Make a key of OpenPGP, and give who has it.

    Args:
        directory: for its keyring.
        algorithm: of the key.
        at: the time that it and its signatures are made at.
        valid: for how long it is.
    """
    directory.mkdir(mode=0o700)
    program, environment = directory / "gpg.sh", {"GNUPGHOME": str(directory)}
    program.write_text(f'#!/bin/sh\nexec gpg {f"--faked-system-time {at}! " if at else ""}"$@"\n')
    program.chmod(0o755)
    quiet = (str(program), "--batch", "--quiet")
    known = {"PATH": os.environ["PATH"], **environment}
    words = (*quiet, "--passphrase", "", "--quick-gen-key", "A <a@example.com>", algorithm, "sign", valid)
    subprocess.run(words, check=True, env=known, capture_output=True)
    done = subprocess.run((*quiet, "--armor", "--export"), check=True, env=known, capture_output=True)
    settings = ("-c", f"gpg.program={program}", "-c", "user.signingkey=a@example.com")
    return Signer(done.stdout.decode(), settings, environment)


def revoked(signer: Signer) -> Signer:
    """Give the same with the revocation that gpg has made beside the key."""
    home = Path(signer.environment["GNUPGHOME"])
    [ready] = (home / "openpgp-revocs.d").glob("*.rev")
    # a colon keeps anybody from importing it by mistake
    ready.write_text(ready.read_text().replace(":-----BEGIN", "-----BEGIN"))
    known = {"PATH": os.environ["PATH"], **signer.environment}
    subprocess.run(["gpg", "--batch", "--quiet", "--import", ready], check=True, env=known, capture_output=True)
    done = subprocess.run(["gpg", "--armor", "--export"], check=True, env=known, capture_output=True)
    return replace(signer, public=done.stdout.decode())
