"""Specs of any kind: refused by a sentence that names the field, or read into something that can be asked what it needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from mwaa_operator.api import BY_KIND, InvalidSpec, parse
from mwaa_operator.api.meta import API_VERSION
from mwaa_operator.app.registry import KINDS

from .mutation import JSON, SHARP, disturbed

ROOT = Path(__file__).parents[2]
KIND = {kind.NAME: kind for kind in KINDS}
TABLE = yaml.safe_load((ROOT / "tests" / "api" / "samples.yaml").read_text())["specs"]
SAMPLES = [
    document
    for path in sorted(ROOT.glob("manifests/samples/**/*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
    if document["apiVersion"] == API_VERSION
]
SEEDS = [(each["kind"], each["spec"]) for each in TABLE] + [(each["kind"], each.get("spec", {})) for each in SAMPLES]
FIELDS = {kind: [field.alias for field in each.spec.model_fields.values()] for kind, each in BY_KIND.items()}
NAMES = st.sampled_from(sorted({name for names in FIELDS.values() for name in names})) | st.text(max_size=8)
OBJECT_NAMES = st.sampled_from(["analytics", "a" * 127, "1", "a.b-c"])


@st.composite
def any_fields(draw: st.DrawFn) -> tuple[str, Any]:
    kind = draw(st.sampled_from(sorted(FIELDS)))
    return kind, draw(st.dictionaries(st.sampled_from(FIELDS[kind]), JSON | st.sampled_from(SHARP), max_size=5))


@st.composite
def nearly_good(draw: st.DrawFn) -> tuple[str, Any]:
    kind, spec = draw(st.sampled_from(SEEDS))
    return kind, draw(disturbed(st.just(spec), NAMES))


CASES = st.tuples(nearly_good() | any_fields(), OBJECT_NAMES)


def check(case: tuple[tuple[str, Any], str]) -> None:
    (kind, spec), name = case
    if not isinstance(spec, Mapping):
        return  # the API server lets none pass that is no object
    try:
        parsed = parse(kind, spec, name)
    except InvalidSpec as error:
        assert error.faults
        for fault in error.faults:
            assert fault.field.startswith(("spec", "metadata.name")) and fault.message
            assert "u:p@" not in str(fault), "what may be a password"
        return
    judge = KIND[kind]
    for ask in (judge.references, judge.documents, judge.secrets):
        ask(parsed)
    json.dumps(parsed.model_dump(by_alias=True, mode="json"))
