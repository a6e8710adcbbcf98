"""`kubectl mwaa import -f`: environments of CloudFormation templates, and the shapes that these no longer have."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner

from mwaa_operator.cli.commands.import_environment import Manifest, of_template
from mwaa_operator.cli.main import cli

OLD = """
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Environment:
    Type: AWS::MWAA::Environment
    Properties:
      Name: legacy
      SourceBucketArn: arn:aws:s3:::lake
      ExecutionRoleArn: arn:aws:iam::123456789012:role/r
      DagS3Path: dags
      MaxWorkers: 4
      SubnetList: [subnet-1, subnet-2]
      NetworkConfiguration: {SecurityGroupIds: [sg-1]}
      TagList: [{Key: team, Value: reports}]
"""
NEW = """
Resources:
  Environment:
    Type: AWS::MWAA::Environment
    Properties:
      Name: !Sub "${AWS::StackName}-env"
      SourceBucketArn: !GetAtt Bucket.Arn
      ExecutionRoleArn: {Fn::GetAtt: [Role, Arn]}
      DagS3Path: dags
      NetworkConfiguration: {SubnetIds: [subnet-1, subnet-2], SecurityGroupIds: [sg-1]}
      Tags: {team: reports}
"""


def written(folder: Path, text: str) -> Manifest:
    file = folder / "template.yaml"
    file.write_text(text)
    (made,) = of_template(str(file), "us-east-1", "team")
    return made


@pytest.mark.row("D183")
def test_the_shapes_of_an_old_template_are_warned_about_and_read(tmp_path: Path) -> None:
    made = written(tmp_path, OLD)
    assert made.notes == [
        "SubnetList was removed from CloudFormation on 2021-02-04: it is NetworkConfiguration.SubnetIds.",
        "TagList was removed from CloudFormation on 2021-02-04: it is Tags, a map (TagMap).",
    ]
    assert made.document["spec"] == {
        "name": "legacy",
        "region": "us-east-1",
        "adoption": "Always",
        "deletionPolicy": "Retain",
        "tags": {"team": "reports"},
        "subnetIds": ["subnet-1", "subnet-2"],
        "securityGroupIds": ["sg-1"],
        "sourceBucketArn": "arn:aws:s3:::lake",
        "executionRoleArn": "arn:aws:iam::123456789012:role/r",
        "maxWorkers": 4,
    }


def test_what_only_the_stack_knows_is_to_be_filled_in(tmp_path: Path) -> None:
    made = written(tmp_path, NEW)
    assert not [note for note in made.notes if "removed from CloudFormation" in note]
    assert "SourceBucketArn is !GetAtt Bucket.Arn in the template: fill in what the stack has." in made.notes
    assert "ExecutionRoleArn is Fn::GetAtt in the template: fill in what the stack has." in made.notes
    assert any(note.startswith("Name: the name of the environment of Environment is not known") for note in made.notes)
    spec = made.document["spec"]
    assert (spec["sourceBucketArn"], spec["tags"]) == ("(fill in)", {"team": "reports"})


@pytest.mark.parametrize(
    ("text", "said"),
    [("Resources: {}", "there is no resource of type"), ("[", "cannot be read as a CloudFormation"), ("- a", "no resource")],
)
def test_a_file_that_is_no_template_of_an_environment_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(click.ClickException, match=said):
        written(tmp_path, text)


def test_a_template_needs_neither_a_cluster_nor_a_region(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "nowhere"))
    file = tmp_path / "template.yaml"
    file.write_text(OLD)
    done = CliRunner().invoke(cli, ["import", "-f", str(file)])
    assert done.exit_code == 0, done.output
    document = yaml.safe_load(done.output)
    assert document["metadata"] == {"name": "legacy"}
    assert "region" not in document["spec"]
    asked = CliRunner().invoke(cli, ["import", "-f", str(file), "-n", "team", "--region", "eu-west-1"])
    document = yaml.safe_load(asked.output)
    assert (document["metadata"]["namespace"], document["spec"]["region"]) == ("team", "eu-west-1")
    wrong = CliRunner().invoke(cli, ["import", "-f", str(file), "--context", "nowhere"])
    assert wrong.exit_code == 1, "a context that is asked for has to be there"
