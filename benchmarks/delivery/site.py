"""The product with S3 at a distance, and a Git server beside it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from tests.dag_source.git.served import Certificate

from benchmarks.delivery.distance import Distance
from benchmarks.delivery.git_server import served
from benchmarks.measures import OURS
from benchmarks.rig import FLAGS, SPEED, is_idle, operators_calls
from devcluster.cluster import Cluster
from devcluster.processes import Running
from devcluster.stack import Stack
from mwaa_emulator.calls import Call

ROUND_TRIP = 0.02
"""Seconds to S3 and back: what a request within a region takes, more or less."""
QUIET_SECONDS = 1.0
GIT, HOOK, TOKEN, BUCKET = "git", "hook", "the benchmark's token", "bench"
Object = dict[str, Any]


@dataclass
class Site:
    """All that the measures share."""

    stack: Stack
    distance: Distance
    git: str
    """Address of the Git server."""
    certificate: Certificate
    directory: Path

    @property
    def operator(self) -> Running:
        """The operator's process."""
        assert self.stack.operator
        return self.stack.operator

    @property
    def bucket(self) -> str:
        """The name of the bucket that everything is delivered into."""
        return str(self.status("Bucket", BUCKET)["bucketName"])

    def start(self, *flags: str) -> None:
        """Start the operator anew."""
        self.stack.stop_operator()
        self.stack.start_operator("--webhooks", *flags, env={"AWS_ENDPOINT_URL_S3": self.distance.url})

    def status(self, kind: str, name: str) -> Object:
        """Read what is said of an object."""
        return dict((self.stack.get(kind, name) or {}).get("status", {}))

    def from_git(self, name: str) -> Object:
        """Declare a DagSource that has its files from a repository of its name, and looks there when told to."""
        git = {"url": f"{self.git}/{name}.git", "secretRef": {"name": GIT}, "interval": "10h"}
        hook = {"sender": "Generic", "secretRef": {"name": HOOK}}
        return source(name, path=name, git=git, webhook=hook, prune=True)

    def look(self, name: str, stamp: str) -> None:
        """Ask for a look at a DagSource."""
        self.stack.kubectl("annotate", "--overwrite", "dagsource", name, f"mwaa-operator.dev/reconcile-at={stamp}")

    def until_delivered(self, name: str, commit: str) -> None:
        """Wait until a DagSource says that it has delivered a commit."""
        self.until(
            lambda: str(self.status("DagSource", name).get("sourceRevision", "")).endswith(commit), f"{name}: {commit}"
        )

    def until(self, happened: Callable[[], bool], what: str, every: float = 0.02, timeout: float = 600.0) -> float:
        """Wait until something has happened, and give when that was seen."""
        deadline = time.monotonic() + timeout
        while not happened():
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout:.0f} s for {what}\n{self.stack.describe()}\n{self.operator.tail()}")
            time.sleep(every)
        return time.monotonic()

    def until_quiet(self) -> None:
        """Wait until nothing was worked on for a moment: what a delivery brings about is a part of it."""
        busy_at = time.monotonic()

        def quiet() -> bool:
            nonlocal busy_at
            if not is_idle(self.stack):
                busy_at = time.monotonic()
            return time.monotonic() - busy_at >= QUIET_SECONDS

        self.until(quiet, "quiet", every=0.1)

    def s3(self, url: str = "") -> Any:
        """Give a client of our own, whose calls are not taken for the operator's; without a URL at no distance."""
        return boto3.client("s3", region_name="us-east-1", endpoint_url=url or self.stack.emulator.url, **OURS)

    def calls(self) -> list[Call]:
        """Give the operator's calls to S3 since the record was cleared."""
        return [call for call in operators_calls(self.stack) if call.service == "s3"]


def source(name: str, **spec: Any) -> Object:
    """Declare a DagSource."""
    return document("DagSource", name, bucketRef={"name": BUCKET}, **spec)


def document(kind: str, name: str, **spec: Any) -> Object:
    """Declare an object of ours."""
    meta = {"name": name, "namespace": "default"}
    return {"apiVersion": "mwaa-operator.dev/v1alpha1", "kind": kind, "metadata": meta, "spec": spec}


def secret(name: str, **data: bytes) -> Object:
    """Declare a Secret."""
    coded = {key.replace("_", "."): base64.b64encode(value).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": "default"}, "data": coded}


@contextmanager
def site(directory: Path, cluster: Cluster) -> Iterator[Site]:
    """Have it within the block, with an empty bucket, and leave the cluster empty."""
    stack = Stack.prepare(directory / "stack", cluster, speed=SPEED, airflow="none", flags=FLAGS)
    try:
        with Distance(stack.emulator.url, ROUND_TRIP).open() as distance, served(directory) as (git, certificate):
            found = Site(stack, distance, git, certificate, directory)
            found.start()
            stack.apply(
                [
                    document("Bucket", BUCKET, deletionPolicy="Retain"),
                    secret(GIT, ca_crt=certificate.certificate.read_bytes()),
                    secret(HOOK, token=TOKEN.encode()),
                ]
            )
            stack.wait_ready(("Bucket", BUCKET))
            yield found
            stack.kubectl("delete", "mwaa", "--all", "--wait=false")
            stack.kubectl("delete", "secret", GIT, HOOK)
            stack.wait(lambda: not stack.objects(), "all objects to be gone", timeout=300)
    finally:
        stack.close()
