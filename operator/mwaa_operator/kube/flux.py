"""Sources of Flux: which artifact each has published. Nothing of Flux need be installed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.client.exceptions import ApiException

from ..core.errors import OutsideError, Problem, Trouble
from ..core.origin import FLUX, Publisher

GROUP, VERSION = FLUX, "v1"
PLURALS: Mapping[str, str] = {
    "GitRepository": "gitrepositories",
    "OCIRepository": "ocirepositories",
    "Bucket": "buckets",
    "ExternalArtifact": "externalartifacts",
}
TIMEOUT_SECONDS = 30.0


class FluxSources:
    """Reads them one by one, when a run wants one."""

    def __init__(self, api: Any, *, elsewhere: bool) -> None:
        """Use an API client; `elsewhere`: an object may name a source in another namespace than its own."""
        self._custom = client.CustomObjectsApi(api)
        self._elsewhere = elsewhere

    async def artifact(self, where: str, publisher: Publisher, namespace: str) -> Mapping[str, bytes]:
        """Say where the artifact of a source is, and which it is: `url`, `digest` and `revision`.

        Args:
            where: the field of the spec, for messages.
            publisher: the source.
            namespace: of the object that names it.

        Raises:
            OutsideError: it may not be read, does not exist, or has no artifact now.
        """
        there = publisher.namespace or namespace
        called = f"{where}: {publisher.kind} {there}/{publisher.name}"
        if there != namespace and not self._elsewhere:
            text = f"{called} is in another namespace, which the operator's administrator does not allow "
            text += f"(`crossNamespaceSources`). Declare it in namespace {namespace}, and leave out `namespace`."
            raise OutsideError(Problem(Trouble.REFUSED, "CrossNamespaceReference", text))
        try:
            body = await self._custom.get_namespaced_custom_object(
                GROUP, VERSION, there, PLURALS[publisher.kind], publisher.name, _request_timeout=TIMEOUT_SECONDS
            )
        except ApiException as error:
            raise OutsideError(_problem(error, called)) from error
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            text = f"the API server did not answer ({type(error).__name__}: {error})"
            raise OutsideError(Problem(Trouble.UNAVAILABLE, "KubernetesUnavailable", text)) from error
        return artifact_of(body, called)


def artifact_of(body: Mapping[str, Any], called: str) -> dict[str, bytes]:
    """Read the artifact out of a source as it is stored.

    Of a source that fails nothing is taken: what it published before is what is served already.

    Raises:
        OutsideError: it fails, or has published nothing that can be fetched.
    """
    status = body.get("status") or {}
    ready: Mapping[str, Any] = next((each for each in status.get("conditions") or () if each.get("type") == "Ready"), {})
    if ready.get("status") == "False":
        text = f"{called} is not ready: {str(ready.get('message', ''))[:300]}. What is wrong is to be mended there."
        raise OutsideError(Problem(Trouble.NOT_YET, "SourceNotReady", text))
    artifact = status.get("artifact") or {}
    if not artifact.get("url") or not artifact.get("revision"):
        text = f"{called} has no artifact yet. See what its conditions say."
        raise OutsideError(Problem(Trouble.NOT_YET, "SourceNotReady", text))
    return {name: str(artifact.get(name) or "").encode() for name in ("url", "digest", "revision")}


def _problem(error: ApiException, called: str) -> Problem:
    if error.status == 404:
        text = f"{called} does not exist, or {GROUP}/{VERSION} is not installed in this cluster. Create it, or correct "
        return Problem(Trouble.NOT_FOUND, "DependencyNotFound", f"{text}kind and name.")
    if error.status in (401, 403):
        text = f"{called} may not be read ({error.reason}). Check the operator's ClusterRole."
        return Problem(Trouble.DENIED, "KubernetesForbidden", text)
    text = f"{called}: {error.status} {error.reason}"
    return Problem(Trouble.UNAVAILABLE, "KubernetesUnavailable", text)
