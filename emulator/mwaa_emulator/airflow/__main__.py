"""`python -m mwaa_emulator.airflow`: install an Airflow ahead of its first use, or resolve its lock file anew."""

from __future__ import annotations

import argparse
import sys

from mwaa_emulator.airflow.install import InstallError, install
from mwaa_emulator.airflow.lock import write_lock
from mwaa_emulator.airflow.versions import DEFAULT, PINNED, UnknownAirflowError, emulated_by


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    pinned = ", ".join(airflow.version for airflow in PINNED)
    parser = argparse.ArgumentParser(prog="python -m mwaa_emulator.airflow", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, does in (("install", "prepare its environment and database"), ("lock", "resolve its lock file anew")):
        command = commands.add_parser(name, help=does)
        command.add_argument("version", nargs="?", default=DEFAULT.version, help=f"one of {pinned}, or of their major")
    arguments = parser.parse_args(argv)
    try:
        airflow = emulated_by(arguments.version)
        print(install(airflow).root if arguments.command == "install" else write_lock(airflow))
    except (InstallError, UnknownAirflowError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
