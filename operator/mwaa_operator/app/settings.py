"""What an administrator sets: each is an option of the command line and an environment variable `MWAA_OPERATOR_...`."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, CliImplicitFlag, SettingsConfigDict


class Settings(BaseSettings):
    """Watch MWAA objects and make AWS what they declare."""

    model_config = SettingsConfigDict(
        env_prefix="MWAA_OPERATOR_", cli_prog_name="mwaa-operator", cli_kebab_case=True, cli_hide_none_type=True
    )

    namespaces: list[str] = Field(default=[], description="Namespaces to watch, as a JSON list. Empty: all of them.")
    region: str = Field(
        default_factory=lambda: os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "",
        description="Region of objects that name none. Default: AWS_REGION.",
    )
    workers: int = Field(default=16, ge=1, le=256, description="Objects that are worked on at the same time.")
    poll_seconds: float = Field(default=30.0, gt=0, description="How often to look while AWS works.")
    slow_seconds: float = Field(default=300.0, gt=0, description="How often to look when only somebody else can help.")
    drift_seconds: float = Field(default=600.0, gt=0, description="How often to look when all is well.")
    consistency_seconds: float = Field(
        default=20.0, ge=0, description="How long what was just created may stay unseen by AWS's own reads."
    )
    catalogue: str = Field(
        default="", description="File that adds to the catalogue of what MWAA offers (YAML). Read once, at the start."
    )
    iam: Literal["enabled", "disabled"] = Field(
        default="disabled", description="Whether ExecutionRole objects may create IAM roles and policies."
    )
    source_directory: str = Field(
        default_factory=lambda: str(Path(tempfile.gettempdir()) / "mwaa-operator"),
        description="Where fetched DAG sources lie until they are delivered. Default: in the directory for temporary files.",
    )
    source_mebibytes: int = Field(
        default=192,
        ge=1,
        description="How many MiB of disk fetched DAG sources may take, with what is needed to unpack one.",
    )
    cross_namespace_sources: CliImplicitFlag[bool] = Field(
        default=False, description="Whether a DagSource may name a source of Flux in another namespace than its own."
    )
    source_buckets: list[str] = Field(
        default=[],
        description="Buckets that a DagSource may copy from (`s3`) beside its own, as a JSON list. `*`: any characters.",
    )
    source_registries: list[str] = Field(
        default=[],
        description="Repositories of Amazon ECR that a DagSource may read with the operator's own rights, as a JSON list of "
        "HOST/REPOSITORY. `*`: any characters.",
    )
    webhooks: CliImplicitFlag[bool] = Field(default=False, description="Take webhooks of DAG sources at /hook/UID.")
    lease_namespace: str = Field(default="default", description="Namespace of the leader election lease.")
    lease_name: str = Field(default="mwaa-operator", description="Name of the leader election lease.")
    leader_election: CliImplicitFlag[bool] = Field(default=True, description="Work only while holding the lease.")
    identity: str = Field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}", description="Name in the lease.")
    host: str = Field(default="0.0.0.0", description="Address of /metrics, /healthz and /readyz.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port of /metrics, /healthz and /readyz. 0: a free one.")
    port_file: str = Field(default="", description="File to write the chosen port to.")
    log_format: Literal["auto", "json", "human"] = Field(
        default="auto", description="Format of the log. auto: human on a terminal, else json."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level that is logged."
    )
    drain_seconds: float = Field(default=20.0, ge=0, description="Time for running work to end when told to stop.")
