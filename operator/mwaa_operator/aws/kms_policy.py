"""Key policies: the one statement in them that is ours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..core.adapter import Target, one_by_one
from ..core.call import Calls
from ..core.change import Change
from ..core.errors import unless_gone
from ..core.observed import Observed
from ..resources.kms import LOGS_SID, KeyPolicy, same_statement
from .kms_reader import POLICY, KeyReader
from .session import Aws


class KeyPolicies:
    """A key has one policy from its first moment to its last; the statements of others in it are left alone."""

    TYPE: ClassVar[str] = KeyPolicy.TYPE
    CALLS: ClassVar[Calls] = {"create": "kms:PutKeyPolicy", "update": "kms:PutKeyPolicy"}

    def __init__(self, aws: Aws, reader: KeyReader) -> None:
        self._aws, self._reader = aws, reader

    async def read(self, targets: Sequence[Target[KeyPolicy]]) -> Mapping[str, Observed]:
        """Look at each policy."""
        return await one_by_one(targets, self._look)

    async def create(self, target: Target[KeyPolicy]) -> Observed:
        """Put the statement in: KMS did not show the policy of a new key yet."""
        return await self._put(target, str(target.want.key))

    async def update(self, target: Target[KeyPolicy], observed: Observed, changes: Sequence[Change]) -> Observed:
        """Put the statement in, once."""
        return await self._put(target, observed.id)

    async def delete(self, target: Target[KeyPolicy], observed: Observed) -> None:
        """Do nothing: it goes with its key."""

    async def _look(self, target: Target[KeyPolicy]) -> Observed | None:
        key = str(target.model.key) if target.model else str(target.id)
        with unless_gone():
            document = await self._reader.policy(target.region, key)
            wanted = target.model.logs if target.model else ()
            return Observed(id=key, fields={"key": key, "logs": _seen(document, wanted)})
        return None

    async def _put(self, target: Target[KeyPolicy], key: str) -> Observed:
        """Write the policy as it is now, with the statement in it: others may have changed it since it was looked at."""
        want, document = target.want, await self._reader.policy(target.region, key)
        others = [each for each in _statements(document) if not _is_ours(each, want.logs)]
        ours = [{"Sid": LOGS_SID, **each} for each in want.logs]
        text = json.dumps({**document, "Statement": [*others, *ours]})
        await self._aws.call(target.region, "kms", "put_key_policy", KeyId=key, PolicyName=POLICY, Policy=text)
        return Observed(id=key, fields={"key": key, "logs": want.logs})


def _statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    given = document.get("Statement", [])
    return [given] if isinstance(given, Mapping) else list(given)


def _is_ours(statement: Mapping[str, Any], wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a statement has our name, or says what ours says."""
    return statement.get("Sid") == LOGS_SID or any(same_statement(statement, each) for each in wanted)


def _seen(document: Mapping[str, Any], wanted: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Give our statements as they are: in the words of the wanted one, where they say the same."""
    ours = [each for each in _statements(document) if _is_ours(each, wanted)]
    return tuple(next((each for each in wanted if same_statement(each, one)), one) for one in ours)
