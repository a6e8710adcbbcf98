"""requirements.txt as a DAG source declares it (guide 02, section 12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from .dag_source_files import ConfigMapKey
from .rule import ATOMIC, Rule, map_of, matching
from .shared import ApiModel, Label, RelativePath

AUTO, NONE = "Auto", "None"

_VARIABLE = r"\$\{[A-Z0-9_]+\}"
_USER = rf"((aws|{_VARIABLE})(:{_VARIABLE})?@)?"
"""What may stand before the host. A name alone may be a token too; `aws` is the one that every CodeArtifact index has."""
_VARIABLES = (
    "a URL, and user and password in it variables: `https://${AIRFLOW__FOO__USER}:${AIRFLOW__FOO__PASS}@host/simple`"
)

Index = Annotated[
    str,
    Field(min_length=1, max_length=1024),
    matching(rf"https?://{_USER}[^@\s\"']+", f"must be {_VARIABLES} (the user `aws` may stand there as it is)"),
]
Place = Annotated[
    str,
    Field(min_length=1, max_length=1024),
    matching(
        rf"(https?://{_USER}|/usr/local/airflow/)[^@\s\"']+",
        f"must be a folder on MWAA below /usr/local/airflow/, or {_VARIABLES}",
    ),
]
Package = Annotated[
    str,
    Field(min_length=1, max_length=512),
    matching(r"[^-#\s][^\r\n]*", "must be one package, such as `pandas==2.1.4`: options of pip have fields of their own"),
]
Version = Annotated[str, Field(max_length=64), matching("[0-9][0-9A-Za-z.]*", "must be a version, such as `8.24.0`")]


class Resolution(ApiModel):
    """Whether the packages can be installed together, found out before they are uploaded."""

    enabled: bool = True
    """Ask a package index. What nobody answers is a warning, and holds up nothing."""
    index_url: (
        Annotated[
            str,
            Field(min_length=1, max_length=1024),
            matching(r"https?://[^@\s\"'$]+", "must be a URL that the operator reaches without a password"),
        ]
        | None
    ) = None
    """The index that the operator asks in place of those that the file names: a mirror, or a proxy that knows the password.
    Default: those that the file names, or PyPI."""


class Requirements(ApiModel):
    """What becomes one requirements.txt. Several inputs are joined; what two of them say is written once."""

    packages: Annotated[tuple[Package, ...], Field(max_length=500), ATOMIC] = ()
    """Packages, as a line of the file names them."""
    text: Annotated[str, Field(max_length=262144)] | None = None
    """Lines of the file."""
    config_map_key_refs: Annotated[tuple[ConfigMapKey, ...], Field(max_length=20), map_of("name", "key")] = ()
    """Entries of ConfigMaps with lines of the file."""
    path: RelativePath | None = None
    """A file among the source's own that has lines of the file. It is not delivered as a DAG file."""
    constraint: Annotated[
        str,
        Field(max_length=1024),
        matching(
            rf"Auto|None|https?://{_USER}[^@/\s\"']+(/[^\s\"']*)?|/usr/local/airflow/[^\s\"']+",
            f"must be Auto, None, a file on MWAA below /usr/local/airflow/, or {_VARIABLES}",
        ),
    ] = AUTO
    """The `--constraint` line. `Auto`: the constraints that Airflow publishes for the version of each environment that lists
    the source, unless the text has its own or nothing is taken from an index. A file of the source is
    `/usr/local/airflow/dags/` and its path."""
    airflow_version: Annotated[Label, matching("[0-9a-z.]+", "must be a version, such as `2.8.1`")] | None = None
    """With `Auto`: the version, whatever environment lists the source."""
    index_url: Index | None = None
    """The index that takes the place of PyPI."""
    extra_index_urls: Annotated[tuple[Index, ...], Field(max_length=20), ATOMIC] = ()
    """Indexes beside it."""
    find_links: Annotated[tuple[Place, ...], Field(max_length=20), ATOMIC] = ()
    """Places with wheels. With `noIndex`, and left out: `/usr/local/airflow/plugins`, where plugins.zip is unpacked."""
    providers: Annotated[Mapping[str, Version], Field(max_length=50)] = Field(default_factory=dict)
    """Provider packages in other versions than the constraints have, by their names without `apache-airflow-providers-`. The
    constraints of each version are delivered with these versions among the DAG files, as `constraints-3.11-updated.txt`."""
    no_index: bool = False
    """Take wheels only, from no index. A private web server needs that."""
    resolution: Resolution = Resolution()
    """How it is found out whether they can be installed together."""

    RULES = (
        Rule(
            "(has(self.packages) && size(self.packages) > 0) || has(self.text) || "
            "(has(self.configMapKeyRefs) && size(self.configMapKeyRefs) > 0) || has(self.path) || "
            "(has(self.providers) && size(self.providers) > 0)",
            "has no packages: give packages, text, configMapKeyRefs, path or providers",
            lambda block: bool(
                block.packages
                or block.text is not None
                or block.config_map_key_refs
                or block.path is not None
                or block.providers
            ),
            "packages",
        ),
        Rule(
            "!has(self.providers) || size(self.providers) == 0 || ((!has(self.noIndex) || !self.noIndex) && "
            "(!has(self.constraint) || self.constraint == 'Auto' || self.constraint.startsWith('http')))",
            "needs constraints that it can change: leave out `noIndex`, and let constraint be Auto or a URL",
            lambda block: (
                not block.providers
                or not (block.no_index or (block.constraint != AUTO and not block.constraint.startswith("http")))
            ),
            "providers",
        ),
    )
