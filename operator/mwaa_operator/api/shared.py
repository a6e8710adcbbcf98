"""What every kind has: the common fields of spec and status, and the base of all models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from .rule import VALIDATIONS, Immutable, Rule, map_of, marks, matching

MESSAGE_LIMIT = 32768


class ApiModel(BaseModel):
    """The base of all models: camelCase outside, frozen, and deaf to keys it does not know."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        frozen=True,
        # a newer CRD may know more than this operator; users are told by the API server
        extra="ignore",
        use_attribute_docstrings=True,
    )

    RULES: ClassVar[tuple[Rule, ...]] = ()
    """Rules about more than one field."""

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        broken = [[rule.field, rule.message, self._default(rule.field)] for rule in self.RULES if not rule.check(self)]
        if broken:
            raise PydanticCustomError("rules", "{message}", {"message": broken[0][1], "broken": broken})
        return self

    def _default(self, alias: str) -> str:
        """Give the value of a field that nobody has written, as JSON; empty where there is none."""
        for name, each in type(self).model_fields.items():
            if each.alias == alias and name not in self.model_fields_set and getattr(self, name) is not None:
                return json.dumps(getattr(self, name), default=str)
        return ""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Put the rules of the model, and of its immutable fields, into its schema."""
        result = handler.resolve_ref_schema(handler(schema))
        rules = [*(rule.rendered() for rule in cls.RULES), *marks(cls, once=False)]
        if rules:
            result[VALIDATIONS] = rules
        return result


class DeletionPolicy(StrEnum):
    """What happens in AWS when the object is deleted."""

    DELETE = "Delete"
    RETAIN = "Retain"


class Adoption(StrEnum):
    """When a thing that exists already in AWS may be taken over."""

    NEVER = "Never"
    IF_TAGGED = "IfTagged"
    ALWAYS = "Always"


class DriftPolicy(StrEnum):
    """What happens to a difference that somebody made in AWS."""

    CORRECT = "Correct"
    REPORT = "Report"


class Approval(StrEnum):
    """Who lets a plan be carried out."""

    AUTOMATIC = "Automatic"
    MANUAL = "Manual"


Label = Annotated[str, Field(max_length=253)]
"""A short word: an id, a name, a hash."""
Text = Annotated[str, Field(max_length=2048)]
"""An ARN, a URL, a path."""
Message = Annotated[str, Field(max_length=MESSAGE_LIMIT)]
Timestamp = Annotated[str, Field(max_length=64, json_schema_extra={"format": "date-time"})]
"""RFC 3339."""
ObjectName = Annotated[
    str,
    Field(min_length=1, max_length=253),
    matching(
        r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
        "must be the name of a Kubernetes object: lower-case letters, digits, '-' and '.', a letter or digit at both ends",
    ),
]
RelativePath = Annotated[
    str,
    Field(min_length=1, max_length=200),
    matching(
        "[A-Za-z0-9_-][A-Za-z0-9_. =+@-]*(/[A-Za-z0-9_-][A-Za-z0-9_. =+@-]*)*",
        "must be a relative path such as `dags/team`: no '/' at either end, no part that is empty or starts with '.'",
    ),
]


class Reference(ApiModel):
    """Another object of this operator, by name."""

    name: ObjectName
    """Its name."""
    namespace: ObjectName | None = None
    """Its namespace. Only the namespace of the object that refers is allowed; leave it out."""


class SharedSpec(ApiModel):
    """The fields that every kind has."""

    region: Annotated[
        Annotated[
            str,
            Field(min_length=1, max_length=32),
            matching(r"[a-z]{2}(-[a-z]+)+-[0-9]+", "must be the code of an AWS region, such as `us-east-1`"),
        ]
        | None,
        Immutable("nothing moves between AWS regions. Make a new object there, and delete this one."),
    ] = None
    """The AWS region. Left out: the region of the operator."""
    tags: Annotated[
        Mapping[str, Annotated[str, Field(max_length=256)]],
        Field(max_length=40),
        Rule(
            "self.all(key, size(key) >= 1 && size(key) <= 128)",
            "a tag key has 1 to 128 characters",
            lambda tags: all(1 <= len(key) <= 128 for key in tags),
        ),
        Rule(
            "self.all(key, !key.startsWith('aws:') && !key.startsWith('mwaa-operator.dev/'))",
            "tag keys that start with `aws:` or `mwaa-operator.dev/` are reserved: choose another key",
            lambda tags: not any(key.startswith(("aws:", "mwaa-operator.dev/")) for key in tags),
        ),
    ] = Field(default_factory=dict)
    """Tags for everything that is created in AWS. Tags that others set there are left alone."""
    suspend: bool = False
    """Stop changing anything in AWS for this object. Deleting it still works."""
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    """What happens in AWS when the object is deleted: `Delete` it, or `Retain` it and let go."""
    adoption: Adoption = Adoption.IF_TAGGED
    """When a thing of the same name that exists already may be taken over: `Never`, `IfTagged` with
    `mwaa-operator.dev/adopt: <namespace>/<name>`, or `Always`."""
    drift_policy: DriftPolicy = DriftPolicy.CORRECT
    """What happens to a change that somebody made in AWS: `Correct` it, or `Report` it and leave it."""
    approval: Approval = Approval.AUTOMATIC
    """`Manual`: every plan waits until the annotation `mwaa-operator.dev/approve` names its hash."""


class Condition(ApiModel):
    """One thing that is known about an object, in the form of Kubernetes."""

    type: Annotated[str, Field(max_length=316)]
    """What it is about, such as `Ready`."""
    status: Annotated[str, Field(max_length=7, json_schema_extra={"enum": ["True", "False", "Unknown"]})]
    """`True`, `False` or `Unknown`."""
    reason: Annotated[str, Field(max_length=1024)]
    """Why, in one CamelCase word."""
    message: Message
    """Why, in a sentence: what, where, and what to do."""
    observed_generation: int | None = None
    """The generation of the spec that it speaks of."""
    last_transition_time: Timestamp
    """When its status last changed."""


class PartStatus(ApiModel):
    """One thing in AWS or Airflow that belongs to the object, and the little that must be remembered of it."""

    name: Label
    """Its name within the object."""
    type: Label
    """The service and the thing, such as `ec2/subnet`."""
    id: Text | None = None
    """Its id or name in AWS."""
    state: Label | None = None
    """How far it is."""
    message: Message | None = None
    """What it is doing or what it waits for."""
    since: Timestamp | None = None
    """When its present wait began."""
    waiting: Timestamp | None = None
    """Since when it has waited for somebody else."""
    deadline: Timestamp | None = None
    """When AWS gives up on what it waits for."""
    made: Timestamp | None = None
    """When it was created: for a short while after that AWS may not show it yet."""
    applied: Label | None = None
    """Hash of what was asked for when it was last exactly so."""
    attempted: Label | None = None
    """Hash of what AWS was last asked for."""
    attempted_after: Label | None = None
    """When AWS had been asked to change it before that, as long as it is not known whether the request arrived."""
    doing: Label | None = None
    """What AWS is at work on for us: `Create`, `Update` or `Delete`."""
    took: Annotated[Mapping[str, Label], Field(max_length=3)] | None = None
    """How long AWS was at work on it the last time that this ended well, in seconds: by `Create`, `Update` and `Delete`."""
    asked: Label | None = None
    """Hash of what waits for further edits."""
    asked_at: Timestamp | None = None
    """Since when that is asked for."""
    approved: Text | None = None
    """Hashes of the changes of the step that was approved."""
    denied: Label | None = None
    """What AWS denied the last time, the hash of what was asked for, and when."""
    remade: int | None = None
    """How many times in a row it was deleted because AWS could not create it."""
    used_by: Annotated[tuple[Label, ...], Field(max_length=100)] | None = None
    """The parts that must be gone, or have let go of it, before it is taken away."""
    keep: bool | None = None
    """It stays in AWS when it is not asked for any more."""
    checked: bool | None = None
    """The checks that stand before it were made."""
    remember: Annotated[Mapping[str, Text], Field(max_length=512)] | None = None
    """What must be known again at the next look. Holds no secret."""


class ChangeStatus(ApiModel):
    """One field that differs."""

    path: Text
    """The field."""
    observed: Message | None = None
    """Its value in AWS; `***` for a secret."""
    desired: Message | None = None
    """The value that is asked for; `***` for a secret."""
    effect: Label
    """What changing it means: `InPlace`, `Restart` or `Refused`."""


class StepStatus(ApiModel):
    """One action on one part."""

    part: Label
    """The part."""
    action: Label
    """`Create`, `Update` or `Delete`."""
    call: Label | None = None
    """The AWS call behind it."""
    changes: Annotated[tuple[ChangeStatus, ...], Field(max_length=100)] = ()
    """The fields that differ; of a creation all that are declared."""
    last_time: Label | None = None
    """How long AWS was at work on the part the last time that it did the same."""
    waits_for: Annotated[tuple[Message, ...], Field(max_length=50)] = ()
    """What must be so before it is taken."""


class PlanStatus(ApiModel):
    """What there is to do."""

    hash: Label
    """Its hash: the value of `mwaa-operator.dev/approve` that approves it."""
    steps: Annotated[tuple[StepStatus, ...], Field(max_length=200)] = ()
    """Its steps, in order."""


class FindingStatus(ApiModel):
    """One fault in the input, or around it, that a check found."""

    code: Label
    """Its stable name: `kubectl mwaa explain` tells more of it."""
    severity: Label
    """`Error` stops the work, `Warning` does not, `Notice` says what could not be looked at."""
    where: Text
    """The field, file or thing in AWS."""
    line: int | None = None
    """The line, where it is a file."""
    message: Message
    """What is wrong, and what to do."""
    since: Timestamp | None = None
    """Since when the checks that ask AWS have found it; they are made before a creation and a disruptive update, and after a
    failure. Absent where it follows from the spec, and is so now."""


class FindingsStatus(ApiModel):
    """What the checks found."""

    errors: int = 0
    """How many of them stop the work."""
    warnings: int = 0
    """How many of them do not."""
    notices: int = 0
    """How many things could not be looked at."""
    items: Annotated[tuple[FindingStatus, ...], Field(max_length=50)] = ()
    """The first of them, the worst first."""


class SharedStatus(ApiModel):
    """The fields of status that every kind has."""

    observed_generation: int = -1
    """The generation of the spec that the status speaks of; -1 before the first look."""
    conditions: Annotated[tuple[Condition, ...], Field(max_length=32), map_of("type")] = ()
    """How the object is; `Ready` sums it up."""
    parts: Annotated[tuple[PartStatus, ...], Field(max_length=500), map_of("name")] = ()
    """Everything in AWS and Airflow that belongs to the object."""
    plan: PlanStatus | None = None
    """What there is to do, while there is something."""
    findings: FindingsStatus | None = None
    """What the checks found at the last look."""
    last_handled_reconcile_at: Annotated[str, Field(max_length=262144)] | None = None
    """The last value of the annotation `mwaa-operator.dev/reconcile-at` that was acted on."""
