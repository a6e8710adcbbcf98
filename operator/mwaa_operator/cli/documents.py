"""The documents of a file, in the shape that an object of Kubernetes has."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import click
import yaml

Document = Mapping[str, Any]


def read(path: str) -> list[Document]:
    """Read the documents of a file and the items of its lists; `metadata` and `spec`, where they are there, are maps.

    Raises:
        ClickException: it cannot be read, or a document is no object.
    """
    try:
        with click.open_file(path) as file:
            found = [document for document in yaml.safe_load_all(file) if document is not None]
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{path} cannot be read: {error}") from error
    except (yaml.YAMLError, ValueError) as error:  # a date that does not exist is a ValueError
        raise click.ClickException(f"{path} is not YAML: {error}. Correct it there.") from error
    return [document for each in found for document in _objects(path, each)]


def texts(path: str, document: Document, member: str) -> dict[str, str]:
    """Give a map of texts, such as the data of a ConfigMap.

    Raises:
        ClickException: a value is no text.
    """
    found = document.get(member) or {}
    for key, value in found.items() if isinstance(found, Mapping) else [(member, found)]:
        if not isinstance(value, str) or not isinstance(found, Mapping):
            raise _wrong(path, document, f"{member}.{key} is {_short(value)}, and has to be text. Write it in quotes")
    return {str(key): value for key, value in found.items()}


def secret(path: str, document: Document) -> dict[str, bytes]:
    """Give what a Secret holds.

    Raises:
        ClickException: a value is no text, or no base64.
    """
    coded = dict[str, bytes]()
    for key, text in texts(path, document, "data").items():
        try:
            coded[key] = base64.b64decode(text)
        except (binascii.Error, ValueError) as error:
            # never with the value: it may be the secret itself
            raise _wrong(path, document, f"data.{key} is no base64. Plain text belongs into stringData") from error
    return coded | {key: text.encode() for key, text in texts(path, document, "stringData").items()}


def _objects(path: str, document: Any) -> Iterator[Document]:
    if not isinstance(document, Mapping):
        raise click.ClickException(
            f"{path}: {_short(document)} is no object of Kubernetes. Each document needs apiVersion, kind and metadata."
        )
    if document.get("kind") == "List":
        items = document.get("items") or []
        if not isinstance(items, list):
            raise click.ClickException(f"{path}: the items of a List are {_short(items)}, and have to be a list.")
        for item in items:
            yield from _objects(path, item)
        return
    for member in ("metadata", "spec"):
        if not isinstance(document.get(member) or {}, Mapping):
            raise _wrong(path, document, f"{member} is {_short(document[member])}, and has to be a map")
    yield document


def _wrong(path: str, document: Document, text: str) -> click.ClickException:
    meta = document.get("metadata")
    name = meta.get("name") if isinstance(meta, Mapping) else ""
    return click.ClickException(f"{path}: {document.get('kind')} {name or 'without a name'}: {text}.")


def _short(value: Any) -> str:
    return repr(str(value)[:40])
