"""What a command works with: the cluster as kubectl sees it, AWS with the user's credentials, the operator's registry."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import click

from ..api import KINDS
from ..api.definition import Definition
from ..app.registry import registry
from ..aws.session import Aws
from ..engine.ports import Body, Registry
from ..engine.queue import Key
from ..engine.world import facts_of
from ..kube.cluster import KubernetesCluster
from ..kube.session import connect_as_user
from .options import Options

MANAGER = "kubectl-mwaa"
_ARN = re.compile(r"^arn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]*):([0-9]{12}):")


@dataclass
class Session:
    """One command at work."""

    options: Options
    cluster: KubernetesCluster
    aws: Aws
    registry: Registry
    namespace: str

    async def find(self, name: str, kind: str = "environment") -> Body:
        """Read an object by `NAME` or `KIND/NAME`.

        Raises:
            ClickException: there is none, or the kind is unknown.
        """
        key = self.key(name, kind)
        body = await self.cluster.get(key)
        if body is None:
            raise click.ClickException(
                f"there is no {key.kind} {key.name} in namespace {key.namespace}. "
                "`kubectl mwaa list -A` shows what there is."
            )
        return {**body, "kind": key.kind}

    def key(self, name: str, kind: str = "environment") -> Key:
        """Give the key that a user means.

        Raises:
            ClickException: the kind is unknown, or the name is empty.
        """
        if "/" in name:
            kind, _, name = name.partition("/")
        if not name:
            raise click.ClickException(f"the name of the {definition(kind).singular} is empty. Write NAME or KIND/NAME.")
        return Key(definition(kind).kind, self.namespace, name)

    def region_of(self, body: Body) -> str:
        """Give the region of an object: its own, that where AWS has it, or that of the user.

        Raises:
            ClickException: nothing names one.
        """
        known = next((region for region, _ in _places(body) if region), "")
        region = body.get("spec", {}).get("region") or known or self.options.region or self.aws.default_region
        if not region:
            raise click.ClickException("no AWS region: set AWS_REGION, give --region, or name one in spec.region.")
        return str(region)

    async def expect_account(self, body: Body) -> None:
        """Make sure that the user looks into the account in which the object lives.

        Raises:
            ClickException: it is another one.
            OutsideError: AWS does not say who is asking.
        """
        accounts = {account for _, account in _places(body)}
        mine = (await self.aws.identity(self.region_of(body))).account
        if accounts and mine not in accounts:
            raise click.ClickException(
                f"your AWS credentials are of account {mine}, and {body['kind']} {body['metadata']['name']} lives in "
                f"{', '.join(sorted(accounts))}. Use credentials of that account (AWS_PROFILE)."
            )


@asynccontextmanager
async def session(options: Options) -> AsyncIterator[Session]:
    """Open what a command works with."""
    api, namespace = await connect_as_user(options.kubeconfig, options.context)
    aws = Aws(version("mwaa-operator"))
    try:
        async with api:
            made = registry(aws)
            plurals = {kind.NAME: kind.PLURAL for kind in made.kinds.values()}
            cluster = KubernetesCluster(api, plurals, rights="Your own rights in the cluster do not allow it.")
            yield Session(options, cluster, aws, made, options.namespace or namespace)
    finally:
        aws.close()


async def names(options: Options, kind: str) -> list[str]:
    """Name the objects of a kind in the namespace, for completions."""
    async with session(options) as at:
        found = await at.cluster.list(definition(kind).kind, [at.namespace])
    return [str(body["metadata"]["name"]) for body in found]


def definition(kind: str) -> Definition:
    """Find a kind by its name, plural or short name, in any case.

    Raises:
        ClickException: there is none; the message names all.
    """
    asked = kind.lower().removesuffix(".mwaa-operator.dev")
    for each in KINDS:
        if asked in (each.singular, each.plural, each.short_name):
            return each
    raise click.ClickException(f"{kind!r} is no kind. There are: {', '.join(each.singular for each in KINDS)}.")


def environment_name(body: Body) -> str:
    """Give the name in AWS of an Environment."""
    return str(body.get("status", {}).get("environmentName") or body["spec"].get("name") or body["metadata"]["name"])


def _places(body: Body) -> list[tuple[str, str]]:
    """Give region and account of each ARN that an object has published."""
    facts: Mapping[str, Any] = facts_of(body)
    found = (_ARN.match(value) for value in facts.values() if isinstance(value, str))
    return [(match[1], match[2]) for match in found if match]
