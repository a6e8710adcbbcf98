"""From a push to the object in S3, with the sender's word to the webhook receiver in between."""

from __future__ import annotations

import hashlib
import hmac
import time
from statistics import median

import httpx
from botocore.exceptions import ClientError

from benchmarks.delivery.site import TOKEN, Site
from benchmarks.delivery.tree import Team, dag, dags
from benchmarks.figure import Figure
from devcluster.progress import say

PUSHES = 5
GOAL_SECONDS = 3.0
MESSAGE = b'{"ref": "refs/heads/main"}'


def pushed(site: Site, team: Team) -> list[Figure]:
    """Push changes of one file of a tree that is delivered already."""
    called = f"push to object, a tree of {len(team.files)} files"
    say(called)
    seconds = [_push(site, team, number) for number in range(PUSHES)]
    return [
        Figure(f"{called}: median of {PUSHES}", median(seconds), "s", GOAL_SECONDS, "the goal"),
        Figure(f"{called}: slowest of {PUSHES}", max(seconds), "s", GOAL_SECONDS, "the goal"),
    ]


def _push(site: Site, team: Team, number: int) -> float:
    """Give the seconds from the begin of a push until S3 has its file."""
    path, text = min(team.files), dag(0, 2000 + number)
    uid = (site.stack.get("DagSource", team.name) or {})["metadata"]["uid"]
    port = (site.stack.directory / "operator.port").read_text()
    s3, where = site.s3(), {"Bucket": site.bucket, "Key": f"{team.name}/{path}"}

    def there() -> bool:
        try:
            return bool(s3.get_object(**where)["Body"].read() == text.encode())
        except ClientError:
            return False

    team.change({**team.files, path: text})
    begun = time.monotonic()
    team.repository.push()
    signature = "sha256=" + hmac.new(TOKEN.encode(), MESSAGE, hashlib.sha256).hexdigest()
    httpx.post(
        f"http://127.0.0.1:{port}/hook/{uid}", content=MESSAGE, headers={"X-Signature": signature}, timeout=30
    ).raise_for_status()
    seconds = site.until(there, f"push {number}") - begun
    site.until_quiet()
    return seconds


def delivered(site: Site, team: Team, count: int) -> Team:
    """Deliver a tree of so many files for the first time."""
    commit = team.commit(dags(count))
    site.stack.apply([site.from_git(team.name)])
    site.until_delivered(team.name, commit)
    site.until_quiet()
    return team
