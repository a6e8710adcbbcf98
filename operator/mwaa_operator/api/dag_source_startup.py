"""The startup script as a DAG source declares it (guide 02, section 8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .dag_source_code_artifact import CodeArtifact
from .dag_source_files import ConfigMapKey
from .rule import ATOMIC, SET, Rule, quoted
from .shared import ApiModel, RelativePath

_VARIABLE = "[A-Za-z_][A-Za-z0-9_]*"


class Component(StrEnum):
    """A part of an environment that runs the script."""

    SCHEDULER = "scheduler"
    WORKER = "worker"
    WEBSERVER = "webserver"


class StartupCommand(ApiModel):
    """Some lines of bash."""

    run: Annotated[str, Field(min_length=1, max_length=16384)]
    """The lines."""
    components: Annotated[tuple[Component, ...], Field(max_length=3), SET] = ()
    """Where they run. Left out: everywhere."""


class StartupScript(ApiModel):
    """What each component runs before it installs the requirements: a whole script, or variables and commands."""

    text: Annotated[str, Field(min_length=1, max_length=262144)] | None = None
    """The script."""
    config_map_key_ref: ConfigMapKey | None = None
    """The entry of a ConfigMap that has the script."""
    path: RelativePath | None = None
    """A file among the source's own that is the script. It is not delivered as a DAG file."""
    env: Annotated[
        Mapping[str, Annotated[str, Field(max_length=16384)]],
        Field(max_length=100),
        Rule(
            f"self.all(name, size(name) <= 128 && name.matches({quoted(f'^{_VARIABLE}$')}))",
            "a variable is named by at most 128 letters, digits and '_', and does not begin with a digit",
            lambda env: all(len(name) <= 128 and re.fullmatch(_VARIABLE, name) for name in env),
        ),
    ] = Field(default_factory=dict)
    """Variables to export. Nothing in their values is expanded: what builds on another variable, such as PATH, is a
    command."""
    commands: Annotated[tuple[StartupCommand, ...], Field(max_length=50), ATOMIC] = ()
    """What runs then, in this order."""
    code_artifact: CodeArtifact | None = None
    """A repository of CodeArtifact that pip installs from too: a token is fetched whenever a container starts, between the
    variables and the commands."""

    RULES = (
        Rule(
            "[has(self.text), has(self.configMapKeyRef), has(self.path), "
            "(has(self.env) && size(self.env) > 0) || (has(self.commands) && size(self.commands) > 0) || "
            "has(self.codeArtifact)]"
            ".filter(given, given).size() == 1",
            "give one of text, configMapKeyRef, path, or env, commands and codeArtifact",
            lambda block: (
                [
                    block.text is not None,
                    block.config_map_key_ref is not None,
                    block.path is not None,
                    bool(block.env or block.commands or block.code_artifact),
                ].count(True)
                == 1
            ),
            "text",
        ),
    )
