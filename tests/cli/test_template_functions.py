"""`kubectl mwaa import -f` on templates as people write them: values as text, and functions in every place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mwaa_operator.cli.commands.import_environment import Manifest, of_template

UNKNOWN = "(fill in)"
PLAIN = """
      Name: lake
      SourceBucketArn: arn:aws:s3:::lake
      ExecutionRoleArn: arn:aws:iam::123456789012:role/r
      DagS3Path: dags
"""
NETWORK = "      NetworkConfiguration: {SubnetIds: [subnet-1, subnet-2], SecurityGroupIds: [sg-1]}\n"


def written(folder: Path, text: str) -> Manifest:
    file = folder / "template"
    file.write_text(text)
    (made,) = of_template(str(file), "us-east-1", "team")
    return made


def with_properties(folder: Path, properties: str, network: str = NETWORK) -> Manifest:
    """Write the manifest of a YAML template that has a few properties more."""
    head = "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  Environment:\n    Type: AWS::MWAA::Environment\n"
    return written(folder, f"{head}    Properties:{PLAIN}{network}      {properties}\n")


@pytest.mark.parametrize(
    ("properties", "field", "value"),
    [
        ("AirflowVersion: 2.10", "airflowVersion", "2.10"),
        ('AirflowVersion: "2.10.3"', "airflowVersion", "2.10.3"),
        ("MaxWorkers: 4", "maxWorkers", 4),
        ("MaxWorkers: '4'", "maxWorkers", 4),
        ("WeeklyMaintenanceWindowStart: SUN:03:30", "weeklyMaintenanceWindowStart", "SUN:03:30"),
        (
            "AirflowConfigurationOptions: {core.load_examples: False, core.parallelism: 32, a.b: on}",
            "airflowConfigurationOptions",
            {"core.load_examples": "False", "core.parallelism": "32", "a.b": "on"},
        ),
        ("Tags: {year: 2024, cost: 010, day: 2024-01-02}", "tags", {"year": "2024", "cost": "010", "day": "2024-01-02"}),
        ("Tags: [{Key: year, Value: 2024}]", "tags", {"year": "2024"}),
        (
            "LoggingConfiguration: {TaskLogs: {Enabled: true, LogLevel: WARNING}, WorkerLogs: {Enabled: 'false'}}",
            "loggingConfiguration",
            {"taskLogs": {"logLevel": "WARNING"}, "workerLogs": {"enabled": False}},
        ),
    ],
)
def test_values_are_what_is_written(tmp_path: Path, properties: str, field: str, value: Any) -> None:
    made = with_properties(tmp_path, properties)
    assert made.document["spec"][field] == value
    assert type(made.document["spec"][field]) is type(value)
    assert made.notes == []


@pytest.mark.parametrize(
    ("properties", "field", "value", "note"),
    [
        ("MaxWorkers: !Ref Max", "maxWorkers", UNKNOWN, "MaxWorkers is !Ref Max"),
        ("KmsKey: !GetAtt Key.Arn", "kmsKey", UNKNOWN, "KmsKey is !GetAtt Key.Arn"),
        ("KmsKey: !GetAtt [Key, Arn]", "kmsKey", UNKNOWN, "KmsKey is !GetAtt ..."),
        ("KmsKey: {Fn::GetAtt: [Key, Arn]}", "kmsKey", UNKNOWN, "KmsKey is Fn::GetAtt"),
        ("PluginsS3Path: !Sub 'p/${Version}.zip'", "pluginsS3Path", UNKNOWN, "PluginsS3Path is !Sub p/${Version}.zip"),
        ("PluginsS3Path: {Fn::Sub: ['${A}', {A: b}]}", "pluginsS3Path", UNKNOWN, "PluginsS3Path is Fn::Sub"),
        ("AirflowVersion: !FindInMap [A, b, c]", "airflowVersion", UNKNOWN, "AirflowVersion is !FindInMap ..."),
        ("Tags: !Ref Tags", "tags", {UNKNOWN: UNKNOWN}, "Tags is !Ref Tags"),
        ("Tags: {team: !Ref Team}", "tags", {"team": UNKNOWN}, "Tags.team is !Ref Team"),
        ("Tags: [{Key: team, Value: !Ref Team}]", "tags", {"team": UNKNOWN}, "Tags[0].Value is !Ref Team"),
        ("Tags: [!If [A, {Key: a, Value: b}, c]]", "tags", {UNKNOWN: UNKNOWN}, "Tags[0] is !If ..."),
        ("Tags: word", "tags", {UNKNOWN: UNKNOWN}, "Tags is no map"),
        ("TagList: !Ref Tags", "tags", {UNKNOWN: UNKNOWN}, "TagList is !Ref Tags"),
        (
            "AirflowConfigurationOptions: !If [Big, {a.b: c}, !Ref AWS::NoValue]",
            "airflowConfigurationOptions",
            {UNKNOWN: UNKNOWN},
            "AirflowConfigurationOptions is !If ...",
        ),
        ("LoggingConfiguration: !Ref Logs", "loggingConfiguration", UNKNOWN, "LoggingConfiguration is !Ref Logs"),
        (
            "LoggingConfiguration: {TaskLogs: {Enabled: !Ref On}}",
            "loggingConfiguration",
            {"taskLogs": {"enabled": UNKNOWN}},
            "LoggingConfiguration.TaskLogs.Enabled is !Ref On",
        ),
    ],
)
def test_a_function_is_one_entry_to_fill_in(tmp_path: Path, properties: str, field: str, value: Any, note: str) -> None:
    made = with_properties(tmp_path, properties)
    assert made.document["spec"][field] == value
    assert any(each.startswith(f"{note} in the template: fill in") for each in made.notes), made.notes


@pytest.mark.parametrize(
    ("network", "subnets", "groups", "notes"),
    [
        ("!If [A, {SubnetIds: [a]}, {SubnetIds: [b]}]", [UNKNOWN], [UNKNOWN], ["NetworkConfiguration is !If ..."]),
        ("{Fn::If: [A, {SubnetIds: [a]}, {}]}", [UNKNOWN], [UNKNOWN], ["NetworkConfiguration is Fn::If"]),
        ("word", [UNKNOWN], [UNKNOWN], ["NetworkConfiguration is no map"]),
        (
            "{SubnetIds: !Ref Subnets, SecurityGroupIds: !Split [',', a]}",
            [UNKNOWN],
            [UNKNOWN],
            ["NetworkConfiguration.SubnetIds is !Ref Subnets", "NetworkConfiguration.SecurityGroupIds is !Split ..."],
        ),
        (
            "{SubnetIds: {'Fn::Split': [',', a]}, SecurityGroupIds: [{Ref: Group}, sg-1]}",
            [UNKNOWN],
            [UNKNOWN, "sg-1"],
            ["NetworkConfiguration.SubnetIds is Fn::Split", "NetworkConfiguration.SecurityGroupIds[0] is Ref"],
        ),
        ("{SubnetIds: [b, a, !Ref AWS::NoValue], SecurityGroupIds: sg-1}", ["a", "b"], ["sg-1"], []),
        (
            "{SubnetIds: [{a: b}], SecurityGroupIds: [sg-1]}",
            [UNKNOWN],
            ["sg-1"],
            ["NetworkConfiguration.SubnetIds is no list"],
        ),
    ],
)
def test_a_network_is_two_lists(tmp_path: Path, network: str, subnets: Any, groups: Any, notes: list[str]) -> None:
    made = with_properties(tmp_path, "MaxWorkers: 4", f"      NetworkConfiguration: {network}\n")
    spec = made.document["spec"]
    assert (spec["subnetIds"], spec["securityGroupIds"]) == (subnets, groups)
    for note in notes:
        assert any(each.startswith(note) and "fill in what the stack has" in each for each in made.notes), made.notes


def test_what_has_no_value_is_not_there(tmp_path: Path) -> None:
    made = with_properties(tmp_path, "KmsKey: !Ref AWS::NoValue\n      MaxWorkers: {Ref: 'AWS::NoValue'}\n      Tags:\n")
    assert not {"kmsKey", "maxWorkers", "tags"} & made.document["spec"].keys()
    assert made.notes == []


def test_a_name_that_only_the_stack_knows_cannot_be_applied_by_mistake(tmp_path: Path) -> None:
    text = "Resources: {MyLake: {Type: 'AWS::MWAA::Environment', Properties: {Name: !Ref Name}}}"
    made = written(tmp_path, text)
    assert made.document["metadata"]["name"] == "mylake"
    assert made.document["spec"]["name"] == UNKNOWN
    assert "Name: the name of the environment of MyLake is not known here. Write it into spec.name." in made.notes


@pytest.mark.parametrize("properties", ["", "Properties: !If [A, {}, {}]", "Properties: word", "Properties: [a]"])
def test_properties_that_are_no_map_leave_all_to_fill_in(tmp_path: Path, properties: str) -> None:
    made = written(tmp_path, f"Resources:\n  Lake:\n    Type: AWS::MWAA::Environment\n    {properties}\n")
    assert made.document["spec"]["name"] == UNKNOWN
    assert [each for each in made.notes if each.startswith("Properties of Lake are no map")] or not properties


@pytest.mark.parametrize("management", ["CUSTOMER", "!Ref Management"])
def test_endpoints_of_a_template_stay_with_those_who_made_them(tmp_path: Path, management: str) -> None:
    made = with_properties(tmp_path, f"EndpointManagement: {management}")
    assert made.document["spec"]["customerEndpoints"] == {"madeBy": "Other"}
    assert any(each.startswith("customerEndpoints.madeBy is Other") for each in made.notes)


def test_json_is_read_as_yaml_is(tmp_path: Path) -> None:
    made = written(
        tmp_path,
        """{
  "Resources": {"Lake": {"Type": "AWS::MWAA::Environment", "Properties": {
\t"Name": "lake", "AirflowVersion": "2.10", "MaxWorkers": 4, "KmsKey": null,
    "SourceBucketArn": {"Fn::GetAtt": ["Bucket", "Arn"]},
    "ExecutionRoleArn": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/r"},
    "DagS3Path": "dags",
    "NetworkConfiguration": {"SubnetIds": {"Ref": "Subnets"}, "SecurityGroupIds": [{"Ref": "Group"}]},
    "LoggingConfiguration": {"TaskLogs": {"Enabled": true, "LogLevel": "WARNING"}}
  }}}
}""",
    )
    spec = made.document["spec"]
    assert spec["airflowVersion"] == "2.10" and spec["maxWorkers"] == 4 and "kmsKey" not in spec
    assert spec["sourceBucketArn"] == spec["executionRoleArn"] == UNKNOWN
    assert (spec["subnetIds"], spec["securityGroupIds"]) == ([UNKNOWN], [UNKNOWN])
    assert spec["loggingConfiguration"] == {"taskLogs": {"logLevel": "WARNING"}}
