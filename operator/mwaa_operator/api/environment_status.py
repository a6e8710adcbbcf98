"""How an environment is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from .environment_endpoints import VpcEndpoints
from .environment_quarantine import ComposedRequirements, GoodFiles, QuarantinedFiles
from .environment_quotas import QuotaIncreasesStatus
from .rule import ATOMIC
from .shared import ApiModel, Label, Message, SharedStatus, Text, Timestamp


class LastUpdate(ApiModel):
    """AWS's last update of the environment."""

    status: Label | None = None
    """`SUCCESS`, `PENDING` or `FAILED`."""
    error: Message | None = None
    """The code and the message, where it failed."""
    created_at: Timestamp | None = None
    """When it began."""


class PinnedFile(ApiModel):
    """A file of the bucket that the environment was built with."""

    s3_path: Text | None = None
    """The key in the bucket."""
    s3_object_version: Text | None = None
    """The version that is in use."""


class Capacity(ApiModel):
    """What the environment can do at most, by the catalogue and its sizes. What is not known is left out."""

    vcpu: int | None = None
    """vCPUs of each scheduler and of each worker."""
    memory_gi_b: Annotated[int | None, Field(alias="memoryGiB")] = None
    """Memory of each, in GiB."""
    dag_capacity: int | None = None
    """DAGs that AWS holds the class good for."""
    tasks_per_worker: int | None = None
    """Tasks that one worker takes at once: the first number of `workerAutoscale`."""
    worker_autoscale: Label | None = None
    """`celery.worker_autoscale`, the class's own where none is declared."""
    concurrent_tasks: int | None = None
    """Tasks that all workers take at once; a good value for `core.parallelism`."""
    dags: int | None = None
    """DAGs that the files of its DagSources define at least: those that are made in loops and functions come on top."""
    dag_bound_tasks: int | None = None
    """Tasks that these DAGs run at once, at least: their number by `core.max_active_tasks_per_dag` (`core.dag_concurrency`),
    where that is declared."""
    effective_tasks: int | None = None
    """The lowest of the bounds that are known: workers, `core.parallelism` of all schedulers, and DAGs where they are
    surely all."""
    parsing_threads: int | None = None
    """The most `scheduler.parsing_processes` that leave a thread to the scheduler."""
    triggerers: int | None = None
    """Triggerers: one beside each scheduler, unless they are switched off."""
    triggers: int | None = None
    """Triggers that all of them run at once."""


class ExpectedVisibility(ApiModel):
    """How long Airflow takes to see a file, by its options. MWAA's copying of the bucket comes before that."""

    new_files: int | None = None
    """Seconds until a new file is seen: `dag_dir_list_interval`, in Airflow 3 `dag_processor.refresh_interval`."""
    changed_files: int | None = None
    """Seconds until a changed file is parsed again: `min_file_process_interval`."""


class SamplePermission(ApiModel):
    """What one sample needs of the execution role."""

    sample: Label
    """The sample."""
    actions: Annotated[tuple[Label, ...], Field(max_length=50), ATOMIC] = ()
    """The actions in IAM."""
    resources: Annotated[tuple[Text, ...], Field(max_length=50), ATOMIC] = ()
    """What they are called on."""


class EnvironmentStatus(SharedStatus):
    """How the environment is."""

    environment_name: Label | None = None
    """The name in AWS."""
    environment_arn: Text | None = None
    """The ARN."""
    environment_status: Label | None = None
    """AWS's status, such as `CREATING` or `AVAILABLE`."""
    created_at: Timestamp | None = None
    """When it was created."""
    airflow_version: Label | None = None
    """The version of Airflow that runs."""
    python_version: Label | None = None
    """The version of Python that goes with it, by the catalogue."""
    pip_version: Label | None = None
    """The version of pip that installs the requirements, by the catalogue."""
    providers: Annotated[Mapping[str, Label], Field(max_length=200)] = Field(default_factory=dict)
    """The provider packages that MWAA installs with the version of Airflow that runs or, before there is one, that is asked
    for: by the catalogue, which says what a new environment has."""
    environment_class: Label | None = None
    """The size."""
    min_workers: int | None = None
    """The fewest workers."""
    max_workers: int | None = None
    """The most workers."""
    min_webservers: int | None = None
    """The fewest web servers."""
    max_webservers: int | None = None
    """The most web servers."""
    schedulers: int | None = None
    """The number of schedulers."""
    capacity: Capacity | None = None
    """What follows from the sizes."""
    option_variables: Annotated[Mapping[str, Text], Field(max_length=300)] = Field(default_factory=dict)
    """The environment variable in which Airflow finds each option that is declared, by the option's name."""
    webserver_access_mode: Label | None = None
    """Who reaches the web server."""
    endpoint_management: Label | None = None
    """Who makes the VPC endpoints."""
    database_vpc_endpoint_service: Text | None = None
    """The service of the VPC endpoint for the database."""
    webserver_vpc_endpoint_service: Text | None = None
    """The service of the VPC endpoint for the web server, where that is private."""
    vpc_endpoints: VpcEndpoints = ()
    """The VPC endpoints to these services, whoever has made them."""
    endpoint_security_group_id: Label | None = None
    """The security group that was made for the endpoints; only where the operator makes them."""
    celery_executor_queue: Text | None = None
    """The ARN of the queue of tasks, in an account of AWS's."""
    service_role_arn: Text | None = None
    """The service-linked role."""
    kms_key: Text | None = None
    """The KMS key; none where AWS owns it."""
    weekly_maintenance_window_start: Label | None = None
    """When AWS may start its weekly maintenance."""
    webserver_access: Label | None = None
    """`Private` or `Public`, by the address of the web server: a private one is reached from the VPC only."""
    webserver_url: Text | None = None
    """The address of Airflow's user interface."""
    airflow_healthy: bool | None = None
    """Whether Airflow itself says that it is healthy."""
    log_groups: Annotated[tuple[Text, ...], Field(max_length=20), ATOMIC] = ()
    """The log groups that exist."""
    log_group_arns: Annotated[tuple[Text, ...], Field(max_length=20), ATOMIC] = ()
    """Their ARNs."""
    autoscaling: bool | None = None
    """Whether the number of workers follows the load: not where the fewest are the most."""
    idle_gap_minutes: int | None = None
    """With `probes.load`: the last pause between tasks, in minutes, in which workers go and are wanted back at once."""
    expected_visibility_seconds: ExpectedVisibility | None = None
    """How long it takes until Airflow sees a DAG file."""
    sample_permissions: Annotated[tuple[SamplePermission, ...], Field(max_length=100), ATOMIC] = ()
    """What the samples of its DagSources need of the execution role: one whose spec names them allows it."""
    code_artifact_repositories: Annotated[tuple[Text, ...], Field(max_length=20), ATOMIC] = ()
    """The repositories of CodeArtifact that its DagSources get a token for: the execution role allows that."""
    bucket_arn: Text | None = None
    """The bucket with the DAGs."""
    dag_s3_path: Text | None = None
    """The folder with the DAGs."""
    execution_role_arn: Text | None = None
    """The role."""
    subnet_ids: Annotated[tuple[Label, ...], Field(max_length=16), ATOMIC] = ()
    """The subnets."""
    security_group_ids: Annotated[tuple[Label, ...], Field(max_length=16), ATOMIC] = ()
    """The security groups."""
    own_security_group_id: Label | None = None
    """The security group that was made for it, where the spec names none."""
    plugins: PinnedFile | None = None
    """The archive with plugins that is in use."""
    requirements: PinnedFile | None = None
    """The Python requirements that are in use."""
    startup_script: PinnedFile | None = None
    """The startup script that is in use."""
    declared_files: Annotated[tuple[Label, ...], Field(max_length=3), ATOMIC] = ()
    """Which of `plugins`, `requirements` and `startupScript` the spec has named at any time: one that leaves the spec is
    replaced by an empty file, since AWS cannot take it away."""
    composed_requirements: ComposedRequirements | None = None
    """With several DagSources that bring different requirements: what was made of them."""
    good_files: GoodFiles = ()
    """With `dagSourceRefs`: the files with which it last ran well, as AWS, Airflow and the logs said."""
    quarantined: QuarantinedFiles = ()
    """Files of its DagSources with which it could not be built, the newest first."""
    replaced_by: Label | None = None
    """The Environment that has taken its place: nothing is made in AWS for this one any more, and it can be deleted."""
    let_go: bool | None = None
    """With `replacedBy`: whether its environment stays in AWS, where nobody looks after it any more."""
    quota_increases: QuotaIncreasesStatus = ()
    """What became of the quotas that AWS was asked to raise."""
    last_update: LastUpdate | None = None
    """AWS's last update."""
