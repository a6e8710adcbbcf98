"""`kubectl mwaa tree`: the parts of an object, each above what it needs, as text or as a mermaid chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from ...core.kind import Reference
from ...core.part import Graph
from ...engine.ports import Body
from ...engine.queue import Key
from ..options import Options, kind_option, name_argument, subcommand
from ..output import ready, show
from ..planning import structure
from ..session import session

HELP = """Show the parts of an object: each above what it needs.

What stands with an arrow was shown further up. AWS is not asked: the states are those of the status.
"""


@subcommand(HELP)
@name_argument
@kind_option
@click.option("--mermaid", is_flag=True, help="Print a mermaid chart.")
async def command(options: Options, name: str, kind: str, mermaid: bool) -> None:
    """Print the tree."""
    async with session(options) as at:
        body = await at.find(name, kind)
        graph, references = await structure(at, body)
        others = {
            each: await at.cluster.get(Key(each.kind, body["metadata"]["namespace"], each.name)) for each in references
        }
    states = {each["name"]: each.get("state", "Missing") for each in body.get("status", {}).get("parts", ())}
    data = {
        "kind": body["kind"],
        "name": body["metadata"]["name"],
        "refersTo": [{"field": each.path, "kind": each.kind, "name": each.name} for each in references],
        "parts": [
            {
                "name": each,
                "type": graph.parts[each].model.TYPE,
                "state": states.get(each, "Missing"),
                "needs": sorted(graph.parts[each].depends_on()),
            }
            for each in graph.order()
        ],
    }
    if mermaid:
        click.echo("\n".join(chart(body, graph, states, references)))
    else:
        show(data, options.output, lambda: lines(body, graph, states, others))


def lines(body: Body, graph: Graph, states: Mapping[str, str], others: Mapping[Reference, Body | None]) -> Iterator[str]:
    """Write the tree with lines."""
    yield f"{body['kind']} {body['metadata']['name']}  {_ready(body)}"
    tops = [name for name in graph.parts if not graph.dependents(name)]
    branches: list[list[str]] = []
    shown: set[str] = set()
    branches += [_branch(name, graph, states, shown) for name in tops]
    branches += [[f"{each.path}: {each.kind} {each.name}  {_ready(there)}"] for each, there in others.items()]
    yield from _hung(branches)


def _branch(name: str, graph: Graph, states: Mapping[str, str], shown: set[str]) -> list[str]:
    said = f"{name}  {states.get(name, 'Missing')}"
    needs = nearest(graph, name)
    if name in shown:
        return [f"{said} ^" if needs else said]
    shown.add(name)
    return [said, *_hung([_branch(need, graph, states, shown) for need in needs])]


def nearest(graph: Graph, name: str) -> list[str]:
    """Name what a part needs, without that which those need anyway."""
    needs = graph.parts[name].depends_on()
    return sorted(needs - {deeper for need in needs for deeper in _all_below(graph, need)})


def _all_below(graph: Graph, name: str) -> set[str]:
    needs = graph.parts[name].depends_on()
    return set(needs).union(*(_all_below(graph, need) for need in needs))


def _hung(branches: Sequence[Sequence[str]]) -> Iterator[str]:
    """Hang branches below something: the last one has a corner."""
    for number, (first, *more) in enumerate(branches, 1):
        last = number == len(branches)
        yield f"{'└─' if last else '├─'} {first}"
        yield from (f"{'  ' if last else '│ '} {line}" for line in more)


def _ready(body: Body | None) -> str:
    if body is None:
        return "does not exist"
    said: Mapping[str, Any] = ready(body)
    return f"Ready={said['status']} {said['reason']}" if said else "not looked at yet"


def chart(body: Body, graph: Graph, states: Mapping[str, str], references: Sequence[Reference]) -> Iterator[str]:
    """Write a mermaid flow chart; arrows lead from what is needed to what needs it."""
    ids = {name: f"p{number}" for number, name in enumerate(graph.order())}
    yield "flowchart LR"
    for number, each in enumerate(references):
        yield f'  r{number}(["{each.kind} {each.name}"])'
    yield f'  subgraph object["{body["kind"]} {body["metadata"]["name"]}"]'
    for name, id_ in ids.items():
        yield f'    {id_}["{name}<br/>{states.get(name, "Missing")}"]'
    yield "  end"
    for name, id_ in ids.items():
        yield from (f"  {ids[need]} --> {id_}" for need in nearest(graph, name))
    for number in range(len(references)):
        yield f"  r{number} --> object"
