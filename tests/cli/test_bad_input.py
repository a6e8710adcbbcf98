"""Files and names that are wrong: each is refused with its place and what to do, before a cluster or AWS is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from devcluster import kubeconfig
from mwaa_operator.cli.main import cli
from mwaa_operator.cli.outside import told
from mwaa_operator.core.errors import OutsideError, Problem, Trouble

OURS = "apiVersion: mwaa-operator.dev/v1alpha1\nkind: Bucket\nmetadata: {name: lake}\n"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n"


@pytest.fixture
def fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command with a cluster that does not answer and without credentials: it must fail, and say why."""
    cluster = {"name": "c", "cluster": {"server": "http://127.0.0.1:9"}}
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "users": [{"name": "u", "user": {}}]}
    path = kubeconfig.write(tmp_path / "config", {**config, "contexts": [context], "current-context": "c"})
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(name)
    given = {"HOME": tmp_path, "AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    for name, value in given.items():
        monkeypatch.setenv(name, str(value))

    def run(*arguments: str) -> str:
        with pytest.raises((click.ClickException, OutsideError)) as raised:
            cli.main(["--kubeconfig", str(path), *arguments], prog_name="kubectl mwaa", standalone_mode=False)
        error = raised.value
        return told(error.problem) if isinstance(error, OutsideError) else error.format_message()

    return run


BAD_ENVIRONMENT = """\
apiVersion: mwaa-operator.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  minworkers: 1
  options: {paralelism: 3}
  teams: {one: {dagS3path: dags}}
  airflowConfigurationOptions: {anything.goes: here}
  dagSourceRefs: [{name: a}, {name: b, zzz: 1}]
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no document of mwaa-operator.dev/v1alpha1 in it"),
        ("kind: [", "is not YAML"),
        ("a: 2026-13-45", "is not YAML: month must be in 1..12"),
        ("- a", "is no object of Kubernetes. Each document needs apiVersion, kind and metadata"),
        ("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}", "there is no document of mwaa-operator.dev/v1alpha1"),
        ("apiVersion: mwaa-operator.dev/v2\nkind: Bucket\nmetadata: {name: a}", "mwaa-operator.dev/v2 Bucket is unknown"),
        (OURS.replace("Bucket", "[a]"), "is unknown. mwaa-operator.dev/v1alpha1 has: Network"),
        (OURS.replace("{name: lake}", "word"), "Bucket without a name: metadata is 'word', and has to be a map"),
        (OURS.replace("{name: lake}", "{}"), "a document of kind Bucket has no metadata.name"),
        (f"{OURS}spec: word", "Bucket lake: spec is 'word', and has to be a map"),
        (
            f"{OURS}spec: {{1: 2, nme: a}}",
            "Bucket lake: there are no fields spec.1, spec.nme (do you mean name?). Correct their",
        ),
        (
            f"{BAD_ENVIRONMENT}---\n{OURS}spec: {{nme: a}}",
            "Environment prod: there are no fields spec.minworkers (do you mean minWorkers?), "
            "spec.options.paralelism (do you mean parallelism?), spec.teams.one.dagS3path (do you mean dagS3Path?), "
            "spec.dagSourceRefs[1].zzz. Correct their names.\n",
        ),
        (f"{BAD_ENVIRONMENT}---\n{OURS}spec: {{nme: a}}", "Bucket lake: there is no field spec.nme (do you mean name?)."),
        ("kind: List", "there is no document of mwaa-operator.dev"),
        ("kind: List\nitems: word", "the items of a List are 'word', and have to be a list"),
        ("kind: List\nitems: [word]", "'word' is no object of Kubernetes"),
        (f"{MAP}data: {{a: 1}}", "ConfigMap m: data.a is '1', and has to be text. Write it in quotes"),
        (f"{MAP}data: [a]", "ConfigMap m: data.data is"),
        (f"{SECRET}data: {{a: x}}", "Secret s: data.a is no base64. Plain text belongs into stringData"),
    ],
)
def test_a_wrong_file_is_refused_by_its_place(fails: Callable[..., str], tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "given.yaml"
    file.write_text(text)
    message = fails("plan", "-f", str(file))
    assert message.startswith(str(file))
    assert said in message


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["status", ""], "the name of the environment is empty. Write NAME or KIND/NAME."),
        (["status", "bucket/"], "the name of the bucket is empty"),
        (["list"], "the API server did not answer"),
        (["list"], "Is the cluster up (`kubectl cluster-info`)? Another one: --context, --kubeconfig."),
        (["import", "lake"], "airflow:GetEnvironment: no AWS credentials were found. Set AWS_PROFILE"),
        (["service-role"], "iam:GetRole: no AWS credentials were found. Set AWS_PROFILE"),
        (["plan", "-f", "."], ". cannot be read"),
        (["import", "-f", "nowhere"], "nowhere cannot be read"),
    ],
)
def test_who_is_missing_is_named_with_what_to_do(fails: Callable[..., str], arguments: list[str], said: str) -> None:
    assert said in fails(*arguments)


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (
            Problem(Trouble.DENIED, "AccessDenied", "a:B: denied. Allow a:B to the operator's role."),
            "a:B: denied. Allow a:B to your user or role.",
        ),
        (
            Problem(Trouble.UNAVAILABLE, "AwsUnavailable", "a:B: AWS did not answer (x). It is tried again."),
            "a:B: AWS did not answer (x). Check the region and your network, and repeat the command.",
        ),
        (
            Problem(Trouble.DENIED, "CredentialsExpired", "a:B: ExpiredToken: old."),
            "a:B: ExpiredToken: old. Renew your AWS credentials (AWS_PROFILE, `aws sso login`).",
        ),
        (Problem(Trouble.REFUSED, "AwsRefused", "a:B: no."), "a:B: no."),
    ],
)
def test_advice_for_the_operator_is_none_for_a_user(problem: Problem, text: str) -> None:
    assert told(problem) == text
