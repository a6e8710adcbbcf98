"""A DAG factory as a DAG source declares it: definitions become DAGs, and their authors write no code (guide 04, 7.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from .dag_source_files import ConfigMapReferences
from .rule import Rule, matching
from .shared import ApiModel

WORD = "[a-z][a-z0-9_]{0,62}"
ClassPath = Annotated[
    str,
    Field(min_length=3, max_length=253),
    matching(
        r"[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z_][A-Za-z0-9_]*)+",
        "must be the path of a class, such as `airflow.providers.standard.operators.bash.BashOperator`",
    ),
]


class DagFactory(ApiModel):
    """Definitions of DAGs in ConfigMaps, each an entry with YAML or JSON, and the operators that they may use."""

    config_map_refs: Annotated[ConfigMapReferences, Field(min_length=1)]
    """ConfigMaps in the same namespace. Each of their keys, such as `etl.yaml`, is a definition, and becomes `etl.py`."""
    operators: Annotated[
        Mapping[str, ClassPath],
        Field(max_length=50),
        Rule(
            f"size(self) > 0 && self.all(name, name.matches('^{WORD}$'))",
            "name one operator at least; the name holds lower-case letters, digits and '_', and begins with a letter",
            lambda operators: bool(operators) and all(re.fullmatch(WORD, name) for name in operators),
        ),
    ]
    """The classes that a definition may make tasks of, by the names that it has for them. No other can be used."""
