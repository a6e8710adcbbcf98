"""Airflow's settings as environment variables, so that no configuration file is ever edited."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mwaa_emulator.airflow.versions import PinnedAirflow

_OPTION = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+", re.IGNORECASE)

# Passed on from our own process. Nothing else is: above all no AWS credentials of whoever started the emulator.
_INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


# MWAA's AIRFLOW_HOME. Answers name it in place of our own directory: paths of DAG files are seen by users.
_HOME_ON_MWAA = "/usr/local/airflow"

JWT_AUDIENCE = "mwaa-emulator"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys that one environment's processes share."""

    web: str
    fernet: str

    @classmethod
    def fresh(cls) -> Secrets:
        """New random keys."""
        return cls(secrets.token_hex(32), base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())


@dataclass(frozen=True, slots=True)
class Home:
    """The directory of one environment."""

    path: Path

    @property
    def dags(self) -> Path:
        """What Airflow parses."""
        return self.path / "dags"

    @property
    def database(self) -> Path:
        """The metadata database."""
        return self.path / "airflow.db"

    @property
    def logs(self) -> Path:
        """What the processes print, one file each, beside Airflow's own task logs."""
        return self.path / "logs"

    def as_on_mwaa(self, text: str) -> str:
        """The text with the paths that it would have on MWAA."""
        return text.replace(str(self.path), _HOME_ON_MWAA)


def inherited() -> dict[str, str]:
    """What Airflow may know of our own environment."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def variables(
    airflow: PinnedAirflow, home: Home, keys: Secrets, port: int, options: Mapping[str, str] | None = None
) -> dict[str, str]:
    """All settings: small and quick by default, then the environment's options, then what must hold to run here."""
    merged = dict(_DEFAULTS[airflow.major])
    merged |= {name.lower(): value for name, value in (options or {}).items() if _OPTION.fullmatch(name)}
    merged |= _required(airflow, home, keys, port)
    named = {f"AIRFLOW__{name.replace('.', '__', 1).upper()}": value for name, value in merged.items()}
    return named | {"AIRFLOW_HOME": str(home.path), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}


# Two cores and a handful of DAGs: little parallelism, and a change is seen after about a second.
_COMMON = {
    "core.load_examples": "False",
    "core.parallelism": "2",
    "logging.colored_console_log": "False",
    # Airflow would report its use to its makers.
    "usage_data_collection.enabled": "False",
}
_DEFAULTS: dict[int, dict[str, str]] = {
    2: {
        **_COMMON,
        "scheduler.dag_dir_list_interval": "1",
        "scheduler.min_file_process_interval": "5",
        "scheduler.parsing_processes": "1",
        "webserver.expose_config": "True",
    },
    3: {
        **_COMMON,
        "dag_processor.refresh_interval": "1",
        "dag_processor.bundle_refresh_check_interval": "1",
        "dag_processor.min_file_process_interval": "5",
        "dag_processor.parsing_processes": "1",
        "api.expose_config": "True",
    },
}


def _required(airflow: PinnedAirflow, home: Home, keys: Secrets, port: int) -> dict[str, str]:
    wiring = {
        "core.dags_folder": str(home.dags),
        "core.plugins_folder": str(home.path / "plugins"),
        "core.fernet_key": keys.fernet,
        "core.mp_start_method": "fork",
        "database.sql_alchemy_conn": f"sqlite:///{home.database}",
        "logging.base_log_folder": str(home.logs),
        # The executor runs on this machine, so the log files are read from disk and need no server.
        "logging.remote_logging": "False",
    }
    if airflow.major == 2:
        return wiring | {
            "core.executor": "SequentialExecutor",
            "webserver.secret_key": keys.web,
            "webserver.config_file": str(home.path / "webserver_config.py"),
            "webserver.update_fab_perms": "False",
            "api.auth_backends": "airflow.providers.fab.auth_manager.api.auth.backend.session",
        }
    return wiring | {
        "core.executor": "LocalExecutor",
        "core.auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "core.simple_auth_manager_all_admins": "False",
        "core.execution_api_server_url": f"http://127.0.0.1:{port}/execution/",
        "api.secret_key": keys.web,
        "api_auth.jwt_secret": keys.web,
        "api_auth.jwt_algorithm": "HS512",
        "api_auth.jwt_audience": JWT_AUDIENCE,
    }
