"""Tags of EC2: whose a thing is, how tags are sent, and how things are found again by id or by tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..core.adapter import Target
from ..core.change import Change
from ..core.errors import OutsideError, Problem, Trouble
from ..core.observed import Observed
from ..core.owner import OWNER_TAG, PART_TAG
from .session import Aws
from .tags import from_list, tag_list

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Listing:
    """How EC2 lists one type of thing."""

    operation: str
    result: str
    id_key: str
    id_filter: str
    filters: str = "Filters"
    paged: bool = True
    dead: frozenset[str] = frozenset()
    """States in which a thing is listed although it is gone."""

    async def items(self, aws: Aws, region: str, name: str, values: Iterable[str]) -> list[Item]:
        """List what passes one filter. A filter by id, unlike a list of ids, is no error when one of them is gone."""
        params = {self.filters: [{"Name": name, "Values": sorted(values)}]}
        if self.paged:
            found = await aws.pages(region, "ec2", self.operation, self.result, **params)
        else:
            found = (await aws.call(region, "ec2", self.operation, **params))[self.result]
        return [item for item in found if item.get("State") not in self.dead]


async def find(aws: Aws, listing: Listing, targets: Sequence[Target[Any]]) -> dict[str, Item]:
    """Find parts by their recorded ids in one call, and the rest by their tags in another.

    Returns:
        The things that are there, by part name.

    Raises:
        OutsideError: `Refused` when two things carry the tags of one part.
    """
    found: dict[str, Item] = {}
    for region in sorted({target.region for target in targets}):
        here = [target for target in targets if target.region == region]
        names = {target.id: target.name for target in here if target.id}
        if names:
            items = await listing.items(aws, region, listing.id_filter, names)
            found |= {names[item[listing.id_key]]: item for item in items if item[listing.id_key] in names}
        lost = [target for target in here if target.name not in found]
        if lost:
            # an empty owner is what a released thing has: it may invite us to take it over
            items = await listing.items(aws, region, f"tag:{OWNER_TAG}", {"", *(target.owner.uid for target in lost)})
            matches = ((target.name, _match(target, items, listing.id_key)) for target in lost)
            found |= {name: item for name, item in matches if item is not None}
    return found


def _match(target: Target[Any], items: Iterable[Item], id_key: str) -> Item | None:
    of_part = [(item, tags) for item in items if (tags := tags_of(item)).get(PART_TAG) == target.name]
    ours = [item for item, tags in of_part if tags.get(OWNER_TAG) == target.owner.uid]
    ours = [item for item in ours if item.get("State") != "deleting"] or ours
    if len(ours) > 1:
        ids = " and ".join(sorted(str(item[id_key]) for item in ours))
        raise OutsideError(
            Problem(
                Trouble.REFUSED,
                "Ambiguous",
                f"{ids} both carry the tags of part {target.name}. Delete the one that is not used, "
                f"or take the tag {OWNER_TAG} off it.",
            )
        )
    invited = [item for item, tags in of_part if not tags.get(OWNER_TAG) and target.owner.invited_by(tags)]
    return next(iter([*ours, *invited]), None)


def tags_of(item: Item) -> dict[str, str]:
    """Read the tags of a thing as EC2 describes it."""
    return from_list(item.get("Tags", ()))


def made(item: Item, tags: Mapping[str, str]) -> Item:
    """Give what a create call answered, with the tags that it was sent: not every answer repeats them."""
    return {**item, "Tags": tag_list(tags)}


def specification(resource_type: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give the `TagSpecifications` of a create call."""
    return [{"ResourceType": resource_type, "Tags": tag_list(tags)}]


def ownership(target: Target[Any], tags: Mapping[str, str]) -> dict[str, Any]:
    """Give the fields of `Observed` that say whose a thing is."""
    return {"owner": tags.get(OWNER_TAG, ""), "adoptable": target.owner.invited_by(tags)}


async def write_tags(aws: Aws, region: str, id_: str, changes: Sequence[Change]) -> None:
    """Send the tags that are not as they should be; others on the thing are left alone."""
    for change in changes:
        if change.path == "tags":
            await aws.call(region, "ec2", "create_tags", Resources=[id_], Tags=tag_list(_mapping(change.desired)))


def changed(target: Target[Any], observed: Observed, changes: Sequence[Change]) -> Observed:
    """Give a thing as it is after the given differences were closed."""
    fields = dict(observed.fields)
    for change in changes:
        both = change.path in ("tags", "associations", "admitted")
        fields[change.path] = {**_mapping(fields[change.path]), **_mapping(change.desired)} if both else change.desired
    return replace(observed, fields=fields, **ownership(target, _mapping(fields["tags"])))


def _mapping(value: object) -> dict[str, str]:
    return {str(key): str(text) for key, text in value.items()} if isinstance(value, Mapping) else {}


def path_of(changes: Sequence[Change], path: str) -> Change | None:
    """Pick the change of one field."""
    return next((change for change in changes if change.path == path), None)


def wanted(target: Target[Any], path: str) -> str:
    """Read a field of a model whose step is due, so that its value is known."""
    value = getattr(target.want, path)
    if not isinstance(value, str):
        raise TypeError(f"{target.name}.{path} is not known yet: {value}")
    return value
