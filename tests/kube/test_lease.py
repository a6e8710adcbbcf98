"""Leadership on a real API server: one leads, the next takes over at once or when the lease has run out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kubernetes.aio import client, config

from devcluster.cluster import Cluster
from mwaa_operator.kube.lease import Lease, LostError, Terms

pytestmark = pytest.mark.cluster
SHORT = Terms(duration=2, renew=0.3, retry=0.1)


@pytest.fixture
async def api(control_plane: Cluster) -> AsyncIterator[Any]:
    await config.load_kube_config(str(control_plane.kubeconfig))
    async with client.ApiClient() as api:
        yield api


def lease(api: Any, name: str, who: str, terms: Terms = SHORT) -> Lease:
    return Lease(api, "default", name, who, terms)


async def holder(api: Any, name: str) -> str:
    found = await client.CoordinationV1Api(api).read_namespaced_lease(name, "default")
    return str(found.spec.holder_identity)


async def test_only_one_of_two_leads_and_the_other_takes_over_at_once_after_a_clean_end(api: Any) -> None:
    first, second = lease(api, "clean", "one"), lease(api, "clean", "two")
    await first.acquire()
    waiting = asyncio.create_task(second.acquire())
    holding = asyncio.create_task(first.hold())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(waiting), SHORT.duration * 1.5)
    holding.cancel()
    await first.release()
    await asyncio.wait_for(waiting, 10)
    assert await holder(api, "clean") == "two"


async def test_a_dead_holder_is_replaced_when_its_lease_has_run_out(api: Any) -> None:
    await lease(api, "dead", "one").acquire()
    second = lease(api, "dead", "two")
    await asyncio.wait_for(second.acquire(), 30)
    assert await holder(api, "dead") == "two"


async def test_the_holder_ends_as_soon_as_it_sees_somebody_else_in_its_place(api: Any) -> None:
    # it would have an hour to renew the lease
    first = lease(api, "lost", "one", Terms(duration=3600, renew=0.1, retry=0.1))
    await first.acquire()
    leases = client.CoordinationV1Api(api)
    taken = await leases.read_namespaced_lease("lost", "default")
    taken.spec.holder_identity, taken.spec.lease_duration_seconds = "thief", 3600
    await leases.replace_namespaced_lease("lost", "default", taken)
    with pytest.raises(LostError, match="lease default/lost is held by thief"):
        await asyncio.wait_for(first.hold(), 30)


async def test_the_holder_ends_when_it_cannot_renew_while_somebody_may_still_take_its_place(api: Any) -> None:
    first = lease(api, "mute", "one")
    await first.acquire()
    api.configuration.host = "http://127.0.0.1:1"
    with pytest.raises(LostError, match="could not be renewed"):
        await asyncio.wait_for(first.hold(), 30)


async def test_a_restarted_holder_leads_again_under_its_name(api: Any) -> None:
    await lease(api, "again", "one").acquire()
    await asyncio.wait_for(lease(api, "again", "one").acquire(), 10)
