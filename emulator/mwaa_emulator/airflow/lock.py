"""Writes the lock file of a pinned Airflow: everything as the package index stood the day after the release."""

from __future__ import annotations

from pathlib import Path

from mwaa_emulator.airflow.install import find_uv, run
from mwaa_emulator.airflow.versions import PinnedAirflow

_HEADER = """\
# Apache Airflow {version} with the Amazon provider, as the package index stood on {date}, after its release.
# Written by: python -m mwaa_emulator.airflow lock {version}
"""


def write_lock(airflow: PinnedAirflow) -> Path:
    """Resolve and write it; later dates would drift away from what was released together."""
    wanted = f"apache-airflow=={airflow.version}\napache-airflow-providers-amazon\n"
    command = [find_uv(), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--exclude-newer", airflow.resolved_on, "--no-header", "--no-annotate", "--no-emit-index-url", "-"]
    target = Path(__file__).parents[1] / "constraints" / f"airflow-{airflow.version}.txt"
    target.write_text(_HEADER.format(version=airflow.version, date=airflow.resolved_on) + run(command, given=wanted))
    return target
