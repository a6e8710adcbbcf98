"""DAG files out of a Git repository."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from .duration import Duration, span
from .rule import Rule, matching
from .shared import ApiModel, ObjectName, RelativePath

RefName = Annotated[
    str,
    Field(min_length=1, max_length=200),
    matching(r"[A-Za-z0-9_][A-Za-z0-9_./+@#=-]*", "must be the name of a branch or a tag, without `refs/`"),
]


class GitReference(ApiModel):
    """Which commit: exactly one of these."""

    branch: RefName | None = None
    """The newest commit of a branch."""
    tag: RefName | None = None
    """The commit of a tag."""
    semver: (
        Annotated[
            str,
            Field(min_length=1, max_length=100),
            matching(r"[0-9A-Za-z.*+<>=!~^|, -]+", "must be a range of versions, such as `>=1.2.0 <2.0.0`, `~1.2` or `1.x`"),
        ]
        | None
    ) = None
    """The tag with the highest version in a range, such as `>=1.2.0 <2.0.0`, `^1.2`, `~1.2` or `1.x`. A tag may begin with
    `v`. A pre-release is taken only where the range names one."""
    commit: (
        Annotated[
            str,
            Field(min_length=40, max_length=64),
            matching(r"[0-9a-f]{40}|[0-9a-f]{64}", "must be the full hash of a commit: 40 hex digits"),
        ]
        | None
    ) = None
    """One commit, by its full hash: it never changes."""

    RULES = (
        Rule(
            "[has(self.branch), has(self.tag), has(self.semver), has(self.commit)].exists_one(given, given)",
            "name exactly one of branch, tag, semver and commit",
            lambda ref: [ref.branch, ref.tag, ref.semver, ref.commit].count(None) == 3,
        ),
    )

    @property
    def chosen(self) -> tuple[str, str]:
        """Give the one that is named, and its value."""
        given = (("branch", self.branch), ("tag", self.tag), ("semver", self.semver), ("commit", self.commit))
        return next(((name, value) for name, value in given if value is not None), ("", ""))


class SecretName(ApiModel):
    """A Secret in the same namespace."""

    name: ObjectName
    """Its name."""


class Git(ApiModel):
    """A Git repository, read over https or ssh."""

    url: Annotated[
        str,
        Field(min_length=1, max_length=2048),
        matching(
            r"(https://[A-Za-z0-9.-]+(:[0-9]+)?|ssh://([A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+(:[0-9]+)?)/[!-~]+",
            "must be `https://host/path` or `ssh://git@host/path`, without a password in it: "
            "put credentials into the Secret that secretRef names",
        ),
    ]
    """Where it is: `https://host/path`, or `ssh://git@host/path`."""
    ref: GitReference | None = None
    """Which commit. Left out: what the repository's HEAD points to."""
    path: RelativePath | None = None
    """The folder in the repository whose files are delivered. Left out: all of it."""
    secret_ref: SecretName | None = None
    """A Secret with what lets one in. Over https: `username` and `password`, or `bearerToken`, and `ca.crt` for a
    certificate authority of your own. Over ssh: `identity` (a private key) and `known_hosts`, which must name the host."""
    recurse_submodules: bool = False
    """Fetch submodules too, those of other hosts without the credentials."""
    interval: Duration = "5m"
    """How often to look for a new commit, such as `1m` or `1h`; at least `10s`."""

    RULES = (
        Rule(
            "!self.url.startsWith('ssh://') || has(self.secretRef)",
            "ssh needs secretRef: a Secret with `identity` and `known_hosts`",
            lambda git: not git.url.startswith("ssh://") or git.secret_ref is not None,
            "secretRef",
        ),
    )

    @property
    def patience(self) -> timedelta:
        """Give the interval as a span of time."""
        return max(span(self.interval), timedelta(seconds=10))
