"""What the engine does for a source before it is looked at: its questions are asked outside, by the real fetchers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mwaa_operator.core.kind import Context
from mwaa_operator.core.origin import Origin
from mwaa_operator.engine.fetching import Fetching
from mwaa_operator.engine.resolve import answered
from mwaa_operator.fetch.stored import Store


@dataclass
class Asker:
    """What the engine does for a source before it is looked at."""

    fetching: Fetching
    store: Store

    async def __call__(self, stack: Any) -> Any:
        """Ask what the source wants to know, and run it with the answers."""
        kind = stack.kind

        async def questions(context: Context) -> Sequence[Origin]:
            return kind.questions(stack.obj, context)

        stack.fetched = {}
        context = await answered(stack.obj, stack.context, self.fetching, questions)
        stack.fetched = context.fetched
        run = await stack.once()
        stack.published = {"artefacts": stack.facts(run)["artefacts"]}
        return run
