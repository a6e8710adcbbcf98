"""Environments in CloudFormation templates, with the shapes of today and those that were removed in 2021. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

TYPE = "AWS::MWAA::Environment"
UNKNOWN = "(fill in)"


class Loader(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions, such as `!Ref X`, as they are written."""


@dataclass(frozen=True)
class Function:
    """A value that CloudFormation computes when a stack is made."""

    text: str


def _function(loader: Loader, suffix: str, node: yaml.Node) -> Function:
    value = node.value if isinstance(node, yaml.ScalarNode) else "..."
    return Function(f"!{suffix} {value}")


Loader.add_multi_constructor("!", _function)


@dataclass
class Found:
    """An environment of a template, as GetEnvironment would show it."""

    environment: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def environments(text: str) -> Iterator[Found]:
    """Read a template, YAML or JSON.

    Raises:
        yaml.YAMLError: it is neither.
    """
    template = yaml.load(text, Loader)
    resources = template.get("Resources") if isinstance(template, Mapping) else None
    for name, resource in (resources if isinstance(resources, Mapping) else {}).items():
        if isinstance(resource, Mapping) and resource.get("Type") == TYPE:
            yield _read(str(name), dict(resource.get("Properties") or {}))


def _read(name: str, properties: dict[str, Any]) -> Found:
    found = Found(properties)
    if "SubnetList" in properties:
        found.notes.append("SubnetList was removed from CloudFormation on 2021-02-04: it is NetworkConfiguration.SubnetIds.")
        network = dict(properties.get("NetworkConfiguration") or {})
        properties["NetworkConfiguration"] = {"SubnetIds": properties.pop("SubnetList"), **network}
    if "TagList" in properties:
        found.notes.append("TagList was removed from CloudFormation on 2021-02-04: it is Tags, a map (TagMap).")
        properties["Tags"] = properties.pop("TagList")
    if isinstance(tags := properties.get("Tags"), list):
        properties["Tags"] = {each["Key"]: each.get("Value", "") for each in tags if isinstance(each, Mapping)}
    found.environment = _resolved(properties, "", found.notes)
    if not isinstance(found.environment.get("Name"), str) or found.environment["Name"] == UNKNOWN:
        found.notes.append(f"Name: the name of the environment of {name} is not known here. Write it into spec.name.")
        found.environment["Name"] = name
    return found


def _resolved(value: Any, path: str, notes: list[str]) -> Any:
    """Replace what only CloudFormation can compute, and name it."""
    if isinstance(value, Function) or (isinstance(value, Mapping) and len(value) == 1 and _is_function(next(iter(value)))):
        said = value.text if isinstance(value, Function) else next(iter(value))
        notes.append(f"{path} is {said} in the template: fill in what the stack has.")
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: _resolved(each, f"{path}.{key}".strip("."), notes) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, f"{path}[{number}]", notes) for number, each in enumerate(value)]
    return value


def _is_function(key: Any) -> bool:
    return key == "Ref" or str(key).startswith("Fn::")
