"""Reading objects, and the three things that the operator writes to Kubernetes: status, finalizers, events."""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException

from ..core.condition import Condition
from ..core.errors import OutsideError, Problem, Trouble
from ..core.owner import GROUP as GROUP
from ..engine.ports import Body, ConflictError
from ..engine.queue import Key

VERSION = "v1alpha1"
FIELD_MANAGER = "mwaa-operator"
TIMEOUT_SECONDS = 30.0
PAGE = 500
log = logging.getLogger(__name__)


class KubernetesCluster:
    """`engine.ports.Cluster` on a real API server."""

    def __init__(
        self,
        api: Any,
        plurals: Mapping[str, str],
        wrote: Callable[[str], None] = lambda what: None,
        rights: str = "Check the operator's ClusterRole.",
    ) -> None:
        """Use an API client; `rights` says what to do when the API server forbids something."""
        self._custom = client.CustomObjectsApi(api)
        self._core = client.CoreV1Api(api)
        self._plurals = plurals
        self._wrote = wrote
        self._rights = rights

    async def get(self, key: Key) -> Body | None:
        """Read an object; None when it, or its definition, does not exist."""
        found: Body | None = await self._found(
            lambda: self._custom.get_namespaced_custom_object(
                GROUP, VERSION, key.namespace, self._plurals[key.kind], key.name, _request_timeout=TIMEOUT_SECONDS
            )
        )
        return found

    async def list(self, kind: str, namespaces: Sequence[str]) -> list[Body]:
        """Read all objects of a kind, in the given namespaces or in all; none when its definition does not exist."""
        return [body async for body in self.every(kind, namespaces)]

    async def every(self, kind: str, namespaces: Sequence[str]) -> AsyncIterator[Body]:
        """Give all objects of a kind as `list` does, without ever holding more than a page of them."""
        plural = self._plurals[kind]
        for namespace in namespaces or ("",):
            token: str | None = ""
            while token is not None:
                answer = await self._found(partial(self._list, namespace, plural, token)) or {}
                # items of a list carry neither kind nor version
                for item in answer.get("items", ()):
                    yield {**item, "kind": kind, "apiVersion": f"{GROUP}/{VERSION}"}
                token = answer.get("metadata", {}).get("continue") or None

    async def _list(self, namespace: str, plural: str, token: str) -> Any:
        page = {"limit": PAGE, "_continue": token, "_request_timeout": TIMEOUT_SECONDS}
        if namespace:
            return await self._custom.list_namespaced_custom_object(GROUP, VERSION, namespace, plural, **page)
        return await self._custom.list_cluster_custom_object(GROUP, VERSION, plural, **page)

    async def put_status(self, body: Body, status: Body) -> Body:
        """Replace the status of the very object that was read."""
        new = {**body, "status": status}
        answer: Body = await self._sent(
            lambda: self._custom.replace_namespaced_custom_object_status(
                *self._path(body), new, field_manager=FIELD_MANAGER, _request_timeout=TIMEOUT_SECONDS
            )
        )
        self._wrote("status")
        return answer

    async def put_finalizers(self, body: Body, finalizers: Sequence[str]) -> Body:
        """Replace the finalizers of the very object that was read."""
        meta = {"finalizers": list(finalizers), "resourceVersion": body["metadata"]["resourceVersion"]}
        answer: Body = await self._sent(
            lambda: self._custom.patch_namespaced_custom_object(
                *self._path(body), {"metadata": meta}, field_manager=FIELD_MANAGER, _request_timeout=TIMEOUT_SECONDS
            )
        )
        self._wrote("finalizers")
        return answer

    async def put_annotation(self, body: Body, name: str, value: str | None, manager: str) -> Body:
        """Write an annotation of the very object that was read, or take it off: what a user asks for."""
        meta = {"annotations": {name: value}, "resourceVersion": body["metadata"]["resourceVersion"]}
        answer: Body = await self._sent(
            lambda: self._custom.patch_namespaced_custom_object(
                *self._path(body), {"metadata": meta}, field_manager=manager, _request_timeout=TIMEOUT_SECONDS
            )
        )
        self._wrote("annotation")
        return answer

    async def config_map(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """Read a ConfigMap, text and binary keys alike."""
        found = await self._found(
            lambda: self._core.read_namespaced_config_map(name, namespace, _request_timeout=TIMEOUT_SECONDS)
        )
        if found is None:
            return None
        data = {key: text.encode() for key, text in (found.data or {}).items()}
        return data | {key: base64.b64decode(value) for key, value in (found.binary_data or {}).items()}

    async def secret(self, namespace: str, name: str) -> Mapping[str, bytes] | None:
        """Read the data of a Secret."""
        found = await self._found(
            lambda: self._core.read_namespaced_secret(name, namespace, _request_timeout=TIMEOUT_SECONDS)
        )
        return None if found is None else {key: base64.b64decode(value) for key, value in (found.data or {}).items()}

    async def event(self, body: Body, condition: Condition) -> None:
        """Post an event about a transition. It is a courtesy: a failure is logged and nothing waits for it."""
        meta, now = body["metadata"], datetime.now(UTC).isoformat(timespec="seconds")
        event = {
            "metadata": {"generateName": f"{meta['name']}.", "namespace": meta["namespace"]},
            "involvedObject": {
                "apiVersion": body["apiVersion"],
                "kind": body["kind"],
                "namespace": meta["namespace"],
                "name": meta["name"],
                "uid": meta["uid"],
            },
            "type": "Warning" if condition.needs_somebody else "Normal",
            "reason": condition.reason,
            "message": condition.message[:1000],
            "source": {"component": FIELD_MANAGER},
            "reportingComponent": FIELD_MANAGER,
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            await self._sent(
                lambda: self._core.create_namespaced_event(meta["namespace"], event, _request_timeout=TIMEOUT_SECONDS)
            )
            self._wrote("event")
        except (OutsideError, ConflictError) as error:
            log.warning("the event %s was not posted: %s", condition.reason, error)

    def _path(self, body: Body) -> tuple[str, str, str, str, str]:
        meta = body["metadata"]
        return GROUP, VERSION, meta["namespace"], self._plurals[body["kind"]], meta["name"]

    async def _found(self, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await self._sent(call)
        except OutsideError as error:
            if error.problem.trouble is Trouble.NOT_FOUND:
                return None
            raise

    async def _sent(self, call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return await call()
        except ApiException as error:
            if error.status == 409:
                raise ConflictError(str(error.reason)) from error
            raise OutsideError(_problem(error, self._rights)) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            text = f"the API server did not answer ({type(error).__name__}: {error})"
            raise OutsideError(Problem(Trouble.UNAVAILABLE, "KubernetesUnavailable", text)) from error


def _problem(error: ApiException, rights: str) -> Problem:
    text = f"{error.status} {error.reason}: {str(error.body)[:500]}"
    match error.status:
        case 404:
            return Problem(Trouble.NOT_FOUND, "NotFound", text)
        case 401 | 403:
            return Problem(Trouble.DENIED, "KubernetesForbidden", f"{text}. {rights}")
        case 429:
            return Problem(Trouble.THROTTLED, "KubernetesThrottled", text)
        case 422 | 400:
            return Problem(Trouble.REFUSED, "KubernetesRefused", text)
        case _:
            return Problem(Trouble.UNAVAILABLE, "KubernetesUnavailable", text)
