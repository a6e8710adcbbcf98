"""Environments in CloudFormation templates, with the shapes of today and those that were removed in 2021. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

TYPE = "AWS::MWAA::Environment"
UNKNOWN = "(fill in)"
NULL, MERGE = "tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"
LISTS = ("SubnetIds", "SecurityGroupIds")


class Loader(yaml.SafeLoader):
    """Reads scalars as the text that they are, and the short forms of CloudFormation's functions, such as `!Ref X`.

    CloudFormation knows only text too: as a number, the version 2.10 would be 2.1.
    """

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag in (NULL, MERGE)]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


@dataclass(frozen=True)
class Function:
    """A value that CloudFormation computes when a stack is made."""

    text: str


def _function(loader: Loader, suffix: str, node: yaml.Node) -> Function:
    value = node.value if isinstance(node, yaml.ScalarNode) else "..."
    return Function(f"!{suffix} {value}")


Loader.add_multi_constructor("!", _function)
NO_VALUE = (Function("!Ref AWS::NoValue"), {"Ref": "AWS::NoValue"})
"""How a template says that a property is not there."""


@dataclass
class Found:
    """An environment of a template, as GetEnvironment would show it."""

    logical_id: str
    """Its name within the template."""
    environment: dict[str, Any]
    notes: list[str] = field(default_factory=list)


def environments(text: str) -> Iterator[Found]:
    """Read a template, YAML or JSON.

    Raises:
        yaml.YAMLError: it is neither.
    """
    template = yaml.load(_without_tabs(text), Loader)
    resources = template.get("Resources") if isinstance(template, Mapping) else None
    for name, resource in (resources if isinstance(resources, Mapping) else {}).items():
        if isinstance(resource, Mapping) and resource.get("Type") == TYPE:
            yield _read(str(name), resource.get("Properties"))


def _without_tabs(text: str) -> str:
    """Write JSON anew: only as far as YAML allows is it YAML, and tabs are not."""
    try:
        return json.dumps(json.loads(text, parse_int=str, parse_float=str), ensure_ascii=False)
    except ValueError:
        return text


def _read(logical_id: str, given: Any) -> Found:
    notes = list[str]()
    properties = _resolved(given, "", notes)
    if not isinstance(properties, dict):
        if given:
            notes = [f"Properties of {logical_id} are no map in the template: fill in what the stack has."]
        properties = {}
    network = _shaped(properties, "NetworkConfiguration", notes, {each: [UNKNOWN] for each in LISTS})
    if "SubnetList" in properties:
        notes.append("SubnetList was removed from CloudFormation on 2021-02-04: it is NetworkConfiguration.SubnetIds.")
        # where the template has both, that of today counts, unless it is not known
        known = {key: value for key, value in network.items() if value != [UNKNOWN]}
        network = {**network, "SubnetIds": properties.pop("SubnetList"), **known}
    properties["NetworkConfiguration"] = {**network, **{each: _texts(network, each, notes) for each in LISTS}}
    if "TagList" in properties:
        notes.append("TagList was removed from CloudFormation on 2021-02-04: it is Tags, a map (TagMap).")
        properties["Tags"] = properties.pop("TagList")
    if isinstance(tags := properties.get("Tags"), list):
        properties["Tags"] = dict(map(_tag, tags))
    for member in ("Tags", "AirflowConfigurationOptions"):
        properties[member] = _shaped(properties, member, notes, {UNKNOWN: UNKNOWN})
    name = properties.get("Name")
    if not isinstance(name, str) or name in ("", UNKNOWN):
        notes.append(f"Name: the name of the environment of {logical_id} is not known here. Write it into spec.name.")
        properties["Name"] = UNKNOWN
    return Found(logical_id, properties, notes)


def _shaped(properties: Mapping[str, Any], member: str, notes: list[str], unknown: dict[str, Any]) -> dict[str, Any]:
    """Give a map: what stands there, none, or one that is to be filled in."""
    value = properties.get(member)
    if isinstance(value, dict):
        return value
    if value in (None, ""):
        return {}
    if value != UNKNOWN:
        notes.append(f"{member} is no map in the template: fill in what the stack has.")
    return unknown


def _texts(network: Mapping[str, Any], member: str, notes: list[str]) -> list[str]:
    """Give a list of ids; a single one needs no list in a template."""
    value = network.get(member)
    if value in (None, ""):
        return []
    found = value if isinstance(value, list) else [value]
    if all(isinstance(each, str) for each in found):
        return found
    notes.append(f"NetworkConfiguration.{member} is no list of ids in the template: fill in what the stack has.")
    return [UNKNOWN]


def _tag(entry: Any) -> tuple[str, Any]:
    return (str(entry["Key"]), entry.get("Value", "")) if isinstance(entry, dict) and "Key" in entry else (UNKNOWN, UNKNOWN)


def _resolved(value: Any, path: str, notes: list[str]) -> Any:
    """Replace what only CloudFormation can compute, and name it; leave out what has no value."""
    if said := _said(value):
        notes.append(f"{path or 'Properties'} is {said} in the template: fill in what the stack has.")
        return UNKNOWN
    if isinstance(value, Mapping):
        kept = {str(key): each for key, each in value.items() if each not in NO_VALUE}
        return {key: _resolved(each, f"{path}.{key}".strip("."), notes) for key, each in kept.items()}
    if isinstance(value, list):
        return [_resolved(each, f"{path}[{number}]", notes) for number, each in enumerate(value) if each not in NO_VALUE]
    return value


def _said(value: Any) -> str:
    """Write a function as the template has it; empty for what is none."""
    if isinstance(value, Function):
        return value.text
    if isinstance(value, Mapping):
        return next((str(key) for key in value if key == "Ref" or str(key).startswith("Fn::")), "")
    return ""
