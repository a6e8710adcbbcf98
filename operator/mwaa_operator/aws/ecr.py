"""The operator's own rights, lent to DAG sources that are fetched from Amazon ECR."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import INSECURE, Origin
from .session import Aws

HOST = re.compile(r"oci://[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/.+")
"""Where ECR keeps the private repositories of an account (ECR user guide, "Private registry")."""
MARGIN = timedelta(minutes=10)
"""How long before its end a password is renewed: a fetch that has begun with it must come to its end."""


@dataclass(frozen=True)
class _Password:
    secret: Mapping[str, bytes]
    ends: datetime


class EcrPasswords:
    """Gives the password of a registry, which AWS makes for who asks: it opens all that the operator may read."""

    def __init__(self, aws: Aws, allowed: Sequence[str], clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Lend the operator's rights.

        Args:
            aws: for the password.
            allowed: for which repositories, as `HOST/REPOSITORY` with `*` for any characters: the administrator's word.
            clock: tells the time.
        """
        self._aws, self._allowed, self._clock = aws, allowed, clock
        self._known: dict[str, _Password] = {}
        """By region: the same one is good for the registries of all accounts there."""

    async def __call__(self, origin: Origin) -> Mapping[str, bytes]:
        """Give `username` and `password` for a place in ECR that names no Secret; nothing for any other.

        Raises:
            OutsideError: nobody has allowed it, it would not be encrypted, or AWS gives none.
        """
        if origin.type != "oci" or origin.secret or not (found := HOST.fullmatch(origin.url)):
            return {}
        name = origin.url.removeprefix("oci://")
        if INSECURE in origin.options:
            text = f"{origin.where}: the operator sends no password to {origin.url} without encryption. Take `insecure` out."
            raise OutsideError(Problem(Trouble.REFUSED, "SourceNotEncrypted", text))
        if not any(fnmatchcase(name, each) for each in self._allowed):
            text = (
                f"{origin.where}: {origin.url} is in Amazon ECR, secretRef names no Secret, and the operator's administrator"
            )
            text += " does not lend the operator's rights for it (`sourceRegistries`). Name a Secret, or have it allowed."
            raise OutsideError(Problem(Trouble.REFUSED, "SourceRegistryNotAllowed", text))
        region = found[1]
        known = self._known.get(region)
        if known is None or self._clock() >= known.ends - MARGIN:
            known = self._known[region] = await self._new(region)
        return known.secret

    async def _new(self, region: str) -> _Password:
        answer = await self._aws.call(region, "ecr", "get_authorization_token")
        given = answer["authorizationData"][0]
        user, _, password = base64.b64decode(given["authorizationToken"]).partition(b":")
        return _Password({"username": user, "password": password}, given["expiresAt"])
