"""What a DAG source declares in Kubernetes: files in the object itself, ConfigMaps and Secrets, whole or by key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..api.dag_source import DagSourceSpec
from ..api.dag_source_files import ConfigMapReference, SecretReference
from ..core.finding import Finding, Severity
from ..core.kind import Context
from ..core.need import Need
from ..core.secret import SECRET_VALUES
from ..sources.files import Source
from ..sources.salted import Salted

CERTIFICATE = "-----BEGIN"
PRIVATE = "PRIVATE KEY-----"
KUBE_CONFIG = re.compile(r"^kind:\s*[\"']?Config[\"']?\s*$", re.MULTILINE)
CREDENTIAL = re.compile(r"^\s*(- )?(client-key-data|token|password|refresh-token):\s*\S", re.MULTILINE)
"""What lets one in to a cluster, as a kube config has it."""
Of = ConfigMapReference | SecretReference


def inline_files(spec: DagSourceSpec) -> Source:
    """Give the files that stand in the object itself, but those with credentials in them.

    Of Python files the rules for DAG files say it.
    """
    refused = {path for path, text in spec.files.items() if not path.endswith(".py") and _has_credentials(text)}
    told = "it has a key, a token or a password in it, and whoever may read this object reads it: it is not delivered. Move "
    told += "it into a Secret that secretRefs names, and make a new credential in place of it"
    findings = tuple(Finding("CredentialsInSpec", f"spec.files[{path}]", told) for path in sorted(refused))
    files = {path: text.encode() for path, text in spec.files.items()}
    return Source("spec.files", files, findings=findings, refused=frozenset(refused))


def declared_files(spec: DagSourceSpec, context: Context) -> Iterator[Source]:
    """Give the files of those ConfigMaps and Secrets that are there."""
    for _, called, reference, data in _all(spec, context):
        if data is None:
            continue
        files: Mapping[str, bytes] = chosen(reference, data)
        if isinstance(reference, SecretReference):
            # the same for an object that is made anew: equal bytes are no reason for a new version
            files = Salted(files, f"{context.account}/{spec.bucket_ref.name}/{spec.path}")
        yield Source(called, files, reference.path or "")


def absent(spec: DagSourceSpec, context: Context) -> Iterator[Need]:
    """Hold the delivery while a ConfigMap, a Secret or a key is missing: its files would seem to have left the source."""
    for where, called, reference, data in _all(spec, context):
        if data is None:
            text = f"{where}: {called} does not exist in this namespace. Create it, or correct the name."
            yield Need("DependencyNotFound", text, condition="ReferencesResolved")
        elif gone := lacking(where, called, reference, data):
            yield gone


def chosen(reference: Of, data: Mapping[str, bytes]) -> dict[str, bytes]:
    """Give the files that are wanted of some data."""
    if not reference.items:
        return dict(data)
    return {item.path or item.key: data[item.key] for item in reference.items if item.key in data}


def lacking(where: str, called: str, reference: Of, data: Mapping[str, bytes]) -> Need | None:
    """Say which wanted key is not there."""
    for index, item in enumerate(reference.items):
        if item.key not in data:
            text = f"{where}.items[{index}]: {called} has no key {item.key}. Add it, or correct the key."
            return Need("DependencyNotFound", text, condition="ReferencesResolved")
    return None


def in_bucket(spec: DagSourceSpec) -> Iterator[Finding]:
    """Warn of what is no secret any more once it lies in the bucket. It is delivered: somebody has asked for just that."""
    for index, reference in enumerate(spec.secret_refs):
        text = f"the files of Secret {reference.name} lie in the bucket: whoever may read that reads them, and old versions "
        text += "stay when they change. Where the code can read it there, put the secret into AWS Secrets Manager, as an "
        text += "Airflow connection or variable, and take it out of secretRefs"
        yield Finding("SecretInBucket", f"spec.secretRefs[{index}]", text, Severity.WARNING)


def _has_credentials(text: str) -> bool:
    if any(found[0] != CERTIFICATE or PRIVATE in text for found in SECRET_VALUES.finditer(text)):
        return True
    return bool(KUBE_CONFIG.search(text) and CREDENTIAL.search(text))


def _all(spec: DagSourceSpec, context: Context) -> Iterator[tuple[str, str, Of, Mapping[str, bytes] | None]]:
    for index, each in enumerate(spec.config_map_refs):
        yield f"spec.configMapRefs[{index}]", f"ConfigMap {each.name}", each, context.documents.get(each.name)
    for index, secret in enumerate(spec.secret_refs):
        yield f"spec.secretRefs[{index}]", f"Secret {secret.name}", secret, context.secrets.get(secret.name)
