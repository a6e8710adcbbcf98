"""Which Airflow configuration options GetEnvironment hides.

The service model marks the whole map as sensitive but returns it. Which values AWS replaces is not documented; the
emulator replaces those that Airflow itself treats as sensitive (assumption, docs/fidelity.md).
"""

from __future__ import annotations

from collections.abc import Mapping

HIDDEN = "***"

#: Airflow's own `sensitive_config_values`.
SENSITIVE_OPTIONS = frozenset(
    {
        "api.secret_key",
        "api_auth.jwt_secret",
        "atlas.password",
        "celery.broker_url",
        "celery.flower_basic_auth",
        "celery.result_backend",
        "core.fernet_key",
        "core.internal_api_secret_key",
        "core.sql_alchemy_conn",
        "database.sql_alchemy_conn",
        "opensearch.password",
        "secrets.backend_kwargs",
        "sentry.sentry_dsn",
        "smtp.smtp_password",
        "webserver.secret_key",
        "workers.secrets_backend_kwargs",
    }
)

#: Airflow's default sensitive field names; an option is hidden when the part after its section holds one of them.
SENSITIVE_WORDS = ("access_token", "api_key", "apikey", "authorization", "passphrase", "passwd", "password",
                   "private_key", "secret", "token")  # fmt: skip


def is_sensitive(option: str) -> bool:
    """Whether the option's value is hidden."""
    name = option.partition(".")[2] or option
    return option in SENSITIVE_OPTIONS or any(word in name for word in SENSITIVE_WORDS)


def hidden(options: Mapping[str, str]) -> dict[str, str]:
    """The options as a reader sees them."""
    return {key: HIDDEN if is_sensitive(key) else value for key, value in options.items()}
