"""`mwaa-emulator serve`: the emulator as a process."""

from __future__ import annotations

import argparse
import gc
import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from mwaa_emulator.build import build, runtime_for
from mwaa_emulator.server import listen


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    options = _parser().parse_args(arguments)
    return serve(options)


def serve(options: argparse.Namespace) -> int:
    """Serve until SIGTERM, SIGINT or, if asked, the parent's end."""
    _forget_other_clouds()
    if options.aws_managed_policies:
        os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    server = listen(options.host, options.port)
    url = f"http://{options.host}:{server.port}"
    emulator = build(options.speed, runtime_for(options.airflow, url, options.airflow_state))
    emulator.service.switches.check_prerequisites = options.checks == "on"
    server.app = emulator.app
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, args=(0.05,), name="http", daemon=True).start()
    threading.Thread(target=emulator.settle_forever, name="settle", daemon=True).start()
    if options.die_with_parent:
        threading.Thread(target=_watch_parent, args=(os.getppid(), stop), name="parent", daemon=True).start()
    print(url, flush=True)
    if options.ready_file is not None:
        _write_whole(options.ready_file, f"{url}\n")
    stop.wait()
    server.shutdown()
    emulator.close()
    server.server_close()
    gc.freeze()  # the process ends: spare the last collection, which takes seconds on moto's heap
    return 0


def _forget_other_clouds() -> None:
    """Drop the AWS settings of whoever started us: profiles, endpoints and config files are not meant for us."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def _watch_parent(parent: int, stop: threading.Event) -> None:
    """End when the parent has gone, or when it closes our stdin (a pipe that it holds open while it lives)."""
    piped = _is_pipe(sys.stdin.fileno()) if sys.stdin is not None and not sys.stdin.closed else False
    while not stop.wait(0.0 if piped else 1.0):
        if os.getppid() != parent:
            break
        if piped and select.select([sys.stdin], [], [], 1.0)[0] and not os.read(sys.stdin.fileno(), 4096):
            break
    stop.set()


def _is_pipe(number: int) -> bool:
    return Path(f"/proc/self/fd/{number}").is_fifo() if Path("/proc/self/fd").exists() else False


def _write_whole(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_text(text)
    part.replace(path)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mwaa-emulator", description="An Amazon MWAA on your own machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="serve AWS on one port, until SIGTERM or SIGINT")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serving.add_argument("--port", type=int, default=0, help="port; 0 takes a free one (default)")
    serving.add_argument("--speed", type=float, default=1.0, help="emulated seconds per second (default: %(default)s)")
    serving.add_argument("--airflow", choices=("none", "local"), default="none", help="what stands behind environments")
    serving.add_argument("--airflow-state", type=Path, help="directory of the Airflows; a temporary one without it")
    serving.add_argument("--checks", choices=("on", "off"), default="on", help="check prerequisites in moto")
    serving.add_argument("--aws-managed-policies", action="store_true", help="have AWS's own IAM policies in moto")
    serving.add_argument("--ready-file", "--state-file", type=Path, help="write the URL here when ready")
    serving.add_argument("--die-with-parent", action="store_true", help="end when the parent or its stdin pipe ends")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
