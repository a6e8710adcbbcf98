"""What others copy DAGs with: the command line of AWS, and rclone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from devcluster import cache
from devcluster.progress import say

AWSCLI = "1.46.3"


class RivalMissing(RuntimeError):  # noqa: N818 - it reads as what happened
    """A program that ours is compared with is not here; the message says how to get it."""


@dataclass(frozen=True)
class Rival:
    """A program that makes a folder in a bucket like one on the disk."""

    name: str
    argv: tuple[str, ...]
    """With places for `directory`, `bucket`, `url` and `key`."""
    access_key: str
    """Its calls are told apart by it."""

    def sync(self, directory: Path, bucket: str, url: str) -> None:
        """Run once.

        Raises:
            RuntimeError: it failed.
        """
        argv = [word.format(directory=directory, bucket=bucket, url=url, key=self.access_key) for word in self.argv]
        keys = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "us-east-1"}
        alone = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        done = subprocess.run(argv, env={**kept, **keys, **alone}, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")


def rivals() -> list[Rival]:
    """Give those that ours is measured beside; what is not here and can be is installed.

    Raises:
        RivalMissing: rclone is not here.
    """
    rclone = shutil.which("rclone")
    if rclone is None:
        raise RivalMissing("rclone is needed to compare with: apt-get install rclone")
    aws = (str(aws_program()), "s3", "sync", "{directory}", "s3://{bucket}/dags", "--delete", "--only-show-errors")
    plain = (rclone, "sync", "{directory}", ":s3:{bucket}/dags", "--config=", "--quiet", "--s3-no-check-bucket")
    plain += ("--s3-provider=Other", "--s3-list-version=2", "--s3-endpoint={url}", "--s3-region=us-east-1")
    plain += ("--s3-access-key-id={key}", "--s3-secret-access-key=bench")
    return [
        Rival("aws s3 sync", (*aws, "--endpoint-url={url}"), "bench-aws"),
        Rival("rclone", plain, "bench-rclone"),
        Rival("rclone --fast-list --checksum", (*plain, "--fast-list", "--checksum"), "bench-rclone-sum"),
    ]


def aws_program() -> Path:
    """Give AWS's command line of one version, installed once beside the other tools."""
    home = cache.directory() / "bench" / f"awscli-{AWSCLI}"
    program, complete = home / "bin" / "aws", home / "complete"
    with cache.locked(home, f"awscli {AWSCLI}"):
        if not complete.exists():
            say(f"Installing awscli {AWSCLI}")
            shutil.rmtree(home, ignore_errors=True)
            uv = str(Path(sys.executable).parent / "uv")
            for words in (
                (uv, "venv", "-q", "--python", sys.executable, str(home)),
                (uv, "pip", "install", "-q", "--python", str(home / "bin" / "python"), f"awscli=={AWSCLI}"),
            ):
                done = subprocess.run(words, capture_output=True, text=True, check=False)
                if done.returncode:
                    raise RivalMissing(f"awscli could not be installed by: {' '.join(words)}\n{done.stderr.strip()}")
            complete.touch()
    return program
