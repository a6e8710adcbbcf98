"""Do secrets stand where others read them: in names, tags and URLs (guide part 4, section 7.1)? Pure.

No message has any of a value: it would spread what it warns of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..core.finding import Finding, Severity
from ..core.secret import CREDENTIALS_IN_URL, SECRET_VALUES

SECRET_NAMES = re.compile(
    r"passw(or)?d|passphrase|secret|credential|(api|access|private)[-_.]?key|(^|[-_.:/])token$", re.IGNORECASE
)


def urls(where: Mapping[str, str]) -> Iterator[Finding]:
    """Look for URLs with credentials in free texts, by the fields that hold them."""
    for field, text in where.items():
        if CREDENTIALS_IN_URL.search(text):
            yield Finding(
                "CredentialsInUrl",
                field,
                "it has a URL with a password in front of the host. Whoever may read the object or the environment reads "
                "it too, and URLs end in logs. Take the password out: from a Secret (`airflowConfigurationOptionsFrom`), "
                "or from a connection in Secrets Manager.",
                Severity.WARNING,
            )


def names(where: Mapping[str, str]) -> Iterator[Finding]:
    """Look for secrets in names, by the fields that hold them."""
    for field, text in where.items():
        if SECRET_VALUES.search(text):
            yield _shown(field, "it looks like a key or a token")


def tags(where: str, given: Mapping[str, str]) -> Iterator[Finding]:
    """Look for secrets in tags: by what they are called, and by how their values look.

    Args:
        where: the field that holds them.
        given: the tags.
    """
    for key, value in sorted(given.items()):
        if value and SECRET_NAMES.search(key):
            yield _shown(f"{where}[{key}]", "a tag of this name seems to hold a secret")
        elif SECRET_VALUES.search(value) or SECRET_VALUES.search(key):
            yield _shown(f"{where}[{key}]" if not SECRET_VALUES.search(key) else where, "it looks like a key or a token")
    yield from urls({f"{where}[{key}]": value for key, value in sorted(given.items())})


def _shown(field: str, why: str) -> Finding:
    return Finding(
        "SecretInPlainSight",
        field,
        f"{why}. Names and tags show in bills, logs and lists, to people who may see nothing else. Take it out, and "
        "make a new secret in place of it where it was one.",
        Severity.WARNING,
    )
