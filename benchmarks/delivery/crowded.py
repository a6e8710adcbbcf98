"""One change of one DagSource beside many others."""

from __future__ import annotations

import time
from statistics import median

from botocore.exceptions import ClientError

from benchmarks.delivery.site import Object, Site, source
from benchmarks.delivery.tree import dag
from benchmarks.figure import Figure
from devcluster.progress import Progress

CHANGES = 5
FILE = "sales.py"
LEAST_CALLS = 2
"""The list of what is there, and the object."""


def crowded(site: Site, count: int) -> list[Figure]:
    """Declare so many sources, each with a folder of its own, and change one of them."""
    _declare(site, 1)
    alone, _ = _changed(site, 1)
    ready = _declare(site, count)
    seconds, calls = _changed(site, count)
    called = f"{count} DagSources"
    return [
        Figure(f"{called}: until all are delivered", ready, "s"),
        Figure(f"{called}: change of one to its object", seconds, "s", alone, f"with one; medians of {CHANGES}"),
        Figure(f"{called}: AWS calls of that change", calls, "", LEAST_CALLS, "a LIST, and the object"),
    ]


def _declare(site: Site, count: int) -> float:
    """Have so many, and give how long it took until each was delivered."""
    begun = time.monotonic()
    there = len(_sources(site))
    site.stack.apply([_document(number, dag(number)) for number in range(there, count)])
    progress = Progress(f"{count} DagSources", "delivered", count)

    def delivered() -> bool:
        found = sum("revision" in each.get("status", {}) for each in _sources(site))
        progress.update(found)
        time.sleep(0.2)
        return found >= count

    seconds = site.until(delivered, f"{count} DagSources") - begun
    progress.finish("done")
    return seconds


def _changed(site: Site, count: int) -> tuple[float, float]:
    """Change some, one after the other; gives the medians of the seconds to the object, and of the calls."""
    seconds, calls = [], []
    s3, bucket = site.s3(), site.bucket
    for change in range(CHANGES):
        number = change * count // CHANGES
        text, key = dag(number, 2000 + count + change), f"{_name(number)}/{FILE}"

        def there(text: str = text, key: str = key) -> bool:
            try:
                return bool(s3.get_object(Bucket=bucket, Key=key)["Body"].read() == text.encode())
            except ClientError:
                return False

        site.until_quiet()
        site.stack.emulator.clear_calls()
        begun = time.monotonic()
        site.stack.apply([_document(number, text)])
        seconds.append(site.until(there, key) - begun)
        site.until_quiet()
        calls.append(len(site.calls()))
    return median(seconds), median(calls)


def _sources(site: Site) -> list[Object]:
    return [
        each for each in site.stack.objects() if each["kind"] == "DagSource" and each["metadata"]["name"].startswith("one-")
    ]


def _name(number: int) -> str:
    return f"one-{number:04}"


def _document(number: int, text: str) -> Object:
    return source(_name(number), path=_name(number), files={FILE: text})
