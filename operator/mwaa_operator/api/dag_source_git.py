"""DAG files out of a Git repository."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from .duration import Duration, span
from .rule import ATOMIC, Rule, matching
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


SigningKey = Annotated[
    str,
    Field(max_length=16384),
    matching(
        r"\s*(?:(?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+(?: [^\n]*)?"
        r"|-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]+-----END PGP PUBLIC KEY BLOCK-----)\s*",
        "must be one public key of ssh, such as `ssh-ed25519 AAAA...`, or of OpenPGP, as `gpg --armor --export` writes it",
    ),
]
TAGGED = ("tag", "semver")
"""The references that lead to a tag."""


class VerifyMode(StrEnum):
    """What must be signed."""

    COMMIT = "Commit"
    TAG = "Tag"
    TAG_AND_COMMIT = "TagAndCommit"


class GitVerify(ApiModel):
    """Whose signature a commit or tag must have."""

    public_keys: Annotated[tuple[SigningKey, ...], Field(min_length=1, max_length=20), ATOMIC]
    """Keys as `ssh-keygen` writes them to `*.pub`, or as `gpg --armor --export --export-options export-minimal` gives them:
    the signature of one of them is enough."""
    mode: VerifyMode | None = None
    """What must be signed: the `Commit`, the `Tag`, or `TagAndCommit`. Left out: the tag with `ref.tag` and `ref.semver`,
    otherwise the commit."""


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
    verify: GitVerify | None = None
    """Take only what is signed."""
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
        Rule(
            "!has(self.verify) || !has(self.verify.mode) || self.verify.mode == 'Commit' || "
            "(has(self.ref) && (has(self.ref.tag) || has(self.ref.semver)))",
            "mode Tag and TagAndCommit need ref.tag or ref.semver: say Commit, or name a tag",
            lambda git: (
                not git.verify
                or git.verify.mode in (None, VerifyMode.COMMIT)
                or (git.ref is not None and git.ref.chosen[0] in TAGGED)
            ),
            "verify",
        ),
    )

    @property
    def patience(self) -> timedelta:
        """Give the interval as a span of time."""
        return max(span(self.interval), timedelta(seconds=10))
