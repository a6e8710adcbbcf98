"""`kubectl mwaa import`: the manifest of an environment that exists, such that applying it changes nothing."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, get_args

import click
import yaml
from pydantic import BaseModel

from ...api import BY_KIND, parse
from ...api.meta import API_VERSION, GROUP
from ...aws.mwaa_environment import STATES
from ...aws.session import Aws
from ...core.errors import OutsideError, Trouble
from ...core.observed import State
from ...core.owner import ADOPT_TAG, OBJECT_TAG, OWNER_TAG
from ...engine.world import facts_of
from ...kube.session import connect_as_user
from .. import template
from ..options import Options, subcommand
from ..output import show, to_yaml
from ..released import Released, look
from ..session import Session, session

HIDDEN = "***"
"""What GetEnvironment shows in place of an option's value that may be a secret."""
ALWAYS_AWS = frozenset(
    {
        "Arn",
        "CeleryExecutorQueue",
        "CreatedAt",
        "DatabaseVpcEndpointService",
        "LastUpdate",
        "ServiceRoleArn",
        "Status",
        "WebserverUrl",
        "WebserverVpcEndpointService",
    }
)
"""Members of GetEnvironment that nobody can declare."""
ELSEWHERE = frozenset({"Name", "NetworkConfiguration", "Tags", "AirflowConfigurationOptions"})
"""Members that are not copied as they are."""
AS_IT_IS_ANYWAY = {"endpointManagement": "SERVICE"}
"""What AWS gives where nothing is declared, and can never change."""
LEADING = ("name", "region", "adoption", "deletionPolicy")
"""Fields that come first: whose it is and what happens to it. The others come in the order of the reference page."""
NOTHING_RELEASED = Released()
"""An environment that no object has released."""

HELP = """Write the manifest of an MWAA environment that exists already, with what it stands on by id and ARN.

NAME is its name in AWS. Applying the manifest takes the environment over and changes nothing in AWS: not even a tag, before
you change a field. `deletionPolicy: Retain` keeps the environment when the object is deleted.

With -f the environments of a CloudFormation template are written instead, without a call to AWS. What only the stack knows
(`!Ref`, `!If`) and shapes that CloudFormation no longer has are named in comments.
"""


@dataclass(frozen=True)
class Manifest:
    """A document, and what could not be said in it."""

    document: dict[str, Any]
    notes: list[str] = field(default_factory=list)


@subcommand(HELP)
@click.argument("name", metavar="NAME", required=False)
@click.option("-f", "--filename", "file", metavar="FILE", help="A CloudFormation template; - for stdin.")
async def command(options: Options, name: str | None, file: str | None) -> None:
    """Print the manifest."""
    if bool(name) == bool(file):
        raise click.UsageError("give either the NAME of an environment or -f FILE.")
    if file:
        _show_all(of_template(file, _region_at_hand(options), await _namespace(options)), options)
        return
    async with session(options) as at:
        region = options.region or at.aws.default_region
        if not region:
            raise click.ClickException("no AWS region: set AWS_REGION, or give --region.")
        try:
            answer = await at.aws.call(region, "mwaa", "get_environment", Name=name)
        except OutsideError as error:
            if error.problem.trouble is not Trouble.NOT_FOUND:
                raise
            raise click.ClickException(
                f"there is no environment {name} in {region}. `kubectl mwaa list --unmanaged` shows those that there are."
            ) from error
        environment = answer["Environment"]
        for note in _passing(environment):
            # the comments of a file that is written are read by nobody now
            click.echo(f"warning: {note}", err=True)
        released = await look(at.aws, region, environment, at.namespace)
        keys = await _keys(at) if environment.get("KmsKey") else {}
        made = manifest(environment, region, at.namespace, released=released, keys=keys)

    show(made.document, options.output, lambda: _text(made))


async def _keys(at: Session) -> Mapping[str, str]:
    """Name the EncryptionKeys of the namespace by the ARNs of their keys. Without them a key is declared by its ARN."""
    with contextlib.suppress(OutsideError):
        found = await at.cluster.list("EncryptionKey", [at.namespace])
        return {str(facts_of(body).get("keyArn")): str(body["metadata"]["name"]) for body in found}
    return {}


def _region_at_hand(options: Options) -> str:
    """Give the region that the user has set; empty where there is none: a template does not say where its stack is."""
    aws = Aws(version("mwaa-operator"))
    try:
        return options.region or aws.default_region or ""
    finally:
        aws.close()


async def _namespace(options: Options) -> str:
    """Give the namespace that kubectl would take; empty where no cluster is at hand, for a template needs none."""
    if options.namespace or options.kubeconfig or options.context:
        return options.namespace or (await _of_kubeconfig(options))
    try:
        return await _of_kubeconfig(options)
    except OutsideError:
        return ""


async def _of_kubeconfig(options: Options) -> str:
    api, namespace = await connect_as_user(options.kubeconfig, options.context)
    async with api:
        return namespace


def _text(made: Manifest) -> Iterator[str]:
    yield from (f"# {note}" for note in made.notes)
    yield to_yaml(made.document).rstrip()


def _show_all(made: list[Manifest], options: Options) -> None:
    def text() -> Iterator[str]:
        for number, each in enumerate(made):
            yield from (["---"] if number else [])
            yield from _text(each)

    show([each.document for each in made], options.output, text)


def of_template(file: str, region: str, namespace: str) -> list[Manifest]:
    """Write the manifests of the environments in a CloudFormation template.

    Raises:
        ClickException: it cannot be read, or has none.
    """
    try:
        with click.open_file(file) as opened:
            found = list(template.environments(opened.read()))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise click.ClickException(f"{file} cannot be read as a CloudFormation template: {error}") from error
    if not found:
        raise click.ClickException(f"{file}: there is no resource of type {template.TYPE} in it.")
    made = []
    for each in found:
        written = manifest(each.environment, region, namespace, each.logical_id)
        made.append(Manifest(written.document, [*each.notes, *written.notes]))
    return made


def manifest(
    environment: Mapping[str, Any],
    region: str,
    namespace: str,
    logical_id: str = "",
    released: Released = NOTHING_RELEASED,
    keys: Mapping[str, str] | None = None,
) -> Manifest:
    """Write the manifest of what GetEnvironment answers.

    Args:
        environment: the answer.
        region: where it is; empty where that is not known.
        namespace: of the object.
        logical_id: names the object where the name in AWS is not known.
        released: what the operator made for it, and an object of the right name takes up again.
        keys: the names of EncryptionKeys by the ARNs of their keys.
    """
    network, notes = environment.get("NetworkConfiguration") or {}, list(_passing(environment))
    model = BY_KIND["Environment"].spec
    fields = {each.alias: each.annotation for each in model.model_fields.values()}
    spec: dict[str, Any] = {
        "name": environment["Name"],
        **({"region": region} if region else {}),
        "adoption": "Always",
        "deletionPolicy": "Retain",
        "subnetIds": sorted(network.get("SubnetIds", ())),
        "securityGroupIds": sorted(network.get("SecurityGroupIds", ())),
    }
    for member, value in environment.items():
        if member in ALWAYS_AWS | ELSEWHERE or value in (None, "", {}, []):
            continue
        if _camel(member) in fields:
            spec[_camel(member)] = _declared(value, fields[_camel(member)])
        else:
            notes.append(f"{member} is left as it is: this version of the operator has no field for it.")
    spec = {key: value for key, value in _sparse(spec, model).items() if AS_IT_IS_ANYWAY.get(key) != value}
    if "customerEndpoints" not in released.left_out:
        spec |= _endpoints(environment.get("EndpointManagement"), notes)
    spec |= _options(environment.get("AirflowConfigurationOptions") or {}, notes)
    if tags := _tags(environment.get("Tags") or {}, environment["Name"]):
        spec["tags"] = tags
    notes += (*_owner(environment.get("Tags") or {}), *released.notes)
    called = logical_id if environment["Name"] == template.UNKNOWN else environment["Name"]
    name = released.name or re.sub("[^a-z0-9-]+", "-", called.lower()).strip("-")
    spec = _of_objects(spec, released, keys or {})
    order = {alias: number for number, alias in enumerate(dict.fromkeys([*LEADING, *fields]))}
    document = {
        "apiVersion": API_VERSION,
        "kind": "Environment",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "spec": {key: spec[key] for key in sorted(spec, key=lambda key: order[key])},
    }
    try:
        parse("Environment", spec, name)
    except ValueError as error:
        notes.append(f"Not everything of it can be declared as it is: {error}")
    return Manifest(document, notes)


def _of_objects(spec: Mapping[str, Any], released: Released, keys: Mapping[str, str]) -> dict[str, Any]:
    """Leave to objects what is theirs: to this one what was made for it, and to an EncryptionKey its key."""
    left = {key: value for key, value in spec.items() if key not in released.left_out}
    if name := keys.get(str(left.get("kmsKey"))):
        del left["kmsKey"]
        left["kmsKeyRef"] = {"name": name}
    return left


def _camel(member: str) -> str:
    return member[0].lower() + member[1:]


def _declared(value: Any, annotation: Any) -> Any:
    """Copy a value with AWS's names in camelCase, and leave out what the field does not know, such as ARNs of log groups."""
    if isinstance(value, str):
        return _typed(value, set(_leaves(annotation)))
    if not isinstance(value, Mapping):
        return value
    inner = _model(annotation)
    if inner is None:
        return dict(value)
    known = {each.alias: each.annotation for each in inner.model_fields.values()}
    return {_camel(key): _declared(each, known[_camel(key)]) for key, each in value.items() if _camel(key) in known}


def _sparse(given: Mapping[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """Leave out what is the field's own default anyway; of a block that has nothing else its first field stays."""
    fields = {str(each.alias): each for each in model.model_fields.values()}
    kept = dict[str, Any]()
    for key, value in given.items():
        inner = _model(fields[key].annotation) if isinstance(value, Mapping) else None
        default = fields[key].get_default()
        if inner is not None:
            kept[key] = _sparse(value, inner) or dict(list(value.items())[:1])
        elif default is None or str(default) != str(value):
            kept[key] = value
    return kept


def _typed(text: str, types: set[Any]) -> Any:
    """Read the text of a template as the field's type."""
    if int in types and text.strip().isdecimal():
        return int(text)
    if bool in types and text.lower() in ("true", "false"):
        return text.lower() == "true"
    return text


def _leaves(annotation: Any) -> Iterator[Any]:
    yield annotation
    for each in get_args(annotation):
        yield from _leaves(each)


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model(each))), None)


def _endpoints(management: object, notes: list[str]) -> dict[str, Any]:
    """Leave the endpoints of an environment with `CUSTOMER` to whoever made them: the operator would make its own beside."""
    if management not in ("CUSTOMER", template.UNKNOWN):
        return {}
    notes.append(
        "customerEndpoints.madeBy is Other: the VPC endpoints stay with those who made them, and are only looked at. "
        "Operator would make new ones beside them."
    )
    return {"customerEndpoints": {"madeBy": "Other"}}


def _options(given: Mapping[str, str], notes: list[str]) -> dict[str, Any]:
    """Declare the options, unless AWS hides a value: a map that lacks one would take it away."""
    if hidden := sorted(key for key, value in given.items() if value == HIDDEN):
        notes.append(f"airflowConfigurationOptions is left out, so they stay as they are: AWS hides {', '.join(hidden)}.")
        return {}
    return {"airflowConfigurationOptions": dict(given)} if given else {}


def _passing(environment: Mapping[str, Any]) -> Iterator[str]:
    """Say that what GetEnvironment answers is not to last: during an update it still has the values from before it."""
    status = str(environment.get("Status") or "AVAILABLE")
    state = STATES[status][0] if status in STATES else State.BUSY
    if state in (State.BUSY, State.WAITING):
        yield f"AWS is at work on it ({status}): values may still change. Import it again when it is AVAILABLE."
    elif state is State.GOING:
        yield f"AWS is deleting it ({status}): once it is gone, this manifest makes a new environment."


def _owner(given: Mapping[str, str]) -> Iterator[str]:
    """Say whose it is by its tags: what was released keeps the tag that names its object, and nobody's uid."""
    if not (owner := given.get(OBJECT_TAG)):
        return
    if given.get(OWNER_TAG) or not given.get(ADOPT_TAG):
        yield f"It carries the owner tags of {owner}: two objects must not manage one environment."
    else:
        yield f"It was released by {owner}: by its tags no object manages it, and this one may take it over."


def _tags(given: Mapping[str, str], name: str) -> dict[str, str]:
    """Declare the tags, without those that AWS or the operator sets by itself."""
    own = {key: value for key, value in given.items() if not key.startswith(("aws:", f"{GROUP}/"))}
    return {key: value for key, value in own.items() if (key, value) != ("Name", name)}
