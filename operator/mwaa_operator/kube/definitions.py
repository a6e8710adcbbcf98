"""Which of our definitions (CRDs) a cluster lacks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException

from .cluster import GROUP, VERSION


async def missing_definitions(api: Any, plurals: Iterable[str]) -> list[str] | None:
    """Name the definitions that are not served; None when the API server does not say."""
    try:
        found = await client.CustomObjectsApi(api).get_api_resources(GROUP, VERSION, _request_timeout=10.0)
        served = {resource.name for resource in found.resources}
    except ApiException as error:
        if error.status != 404:
            return None
        served = set()
    except (aiohttp.ClientError, OSError, TimeoutError):
        return None
    return sorted(f"{plural}.{GROUP}" for plural in set(plurals) - served)
