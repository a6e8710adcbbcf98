"""From a DAG source with requirements to the environment that is built with them."""

from __future__ import annotations

from typing import Any

import pytest

from devcluster.stack import Stack

pytestmark = pytest.mark.cluster
KEY = "mwaa/{}/quickstart/airflow-2.10.3/requirements.txt"


@pytest.mark.row("B144", "C166")
def test_requirements_of_a_source_reach_the_environment_in_one_update(stack: Stack, home: Any) -> None:
    documents = home.quickstart()
    for document in documents:
        if document["kind"] == "Environment":
            document["spec"] |= {"airflowVersion": "2.10.3", "maxWorkers": 5}
        if document["kind"] == "DagSource":
            document["spec"]["requirements"] = {"packages": ["pandas==2.1.4"]}
    home.apply(*documents)
    home.wait_ready("Environment", "DagSource")
    [entry] = home.status("DagSource")["artefacts"]
    [request] = home.calls("CreateEnvironment")
    assert entry["key"] == KEY.format(home.name)
    assert (request["RequirementsS3Path"], request["RequirementsS3ObjectVersion"]) == (entry["key"], entry["versionId"])
    s3 = home.aws("s3")
    head = s3.head_object(Bucket=entry["bucketName"], Key=entry["key"])
    assert head["VersionId"] == entry["versionId"]

    home.edit("DagSource", requirements={"packages": ["pandas==2.2.0"]})
    stack.wait(lambda: home.calls("UpdateEnvironment"), "the update")
    home.wait_ready("Environment", "DagSource")
    [after] = home.status("DagSource")["artefacts"]
    assert after["versionId"] != entry["versionId"]
    [update] = home.calls("UpdateEnvironment")
    assert update == {"Name": home.name, "RequirementsS3ObjectVersion": after["versionId"]}
    content = s3.get_object(Bucket=after["bucketName"], Key=after["key"], VersionId=after["versionId"])["Body"].read()
    assert content.decode().splitlines() == [
        '--constraint "https://raw.githubusercontent.com/apache/airflow/constraints-2.10.3/constraints-3.11.txt"',
        "pandas==2.2.0",
    ]
