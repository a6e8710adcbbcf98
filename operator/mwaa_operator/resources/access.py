"""The policy that people need to open the user interface of an environment (guide part 1, section 11.4)."""

from __future__ import annotations

from .iam import VERSION, Document

AIRFLOW_ROLES = ("Admin", "Op", "User", "Viewer", "Public")
"""The roles that every Airflow has."""
SEE = ("airflow:GetEnvironment", "airflow:ListTagsForResource")
"""What shows one environment in the console and on the command line."""


def web_server_policy(environment_arn: str, role: str, *, see: bool = False) -> Document:
    """Allow a login to one environment, in one of Airflow's roles and no other.

    The resource is of the type `role`, not `environment`: the role behind the name is what the login gives. Only
    `airflow:ListEnvironments` knows no resource: who has it sees the names of all environments (guide part 4, section 9.2).

    Args:
        environment_arn: of the environment.
        role: of Airflow's.
        see: allow also what shows the environment itself, and no other.

    Raises:
        ValueError: it is not the ARN of an environment.
    """
    prefix, found, name = environment_arn.rpartition(":environment/")
    if not found or not name or "/" in name:
        raise ValueError(f"{environment_arn} is not the ARN of an environment")
    resource = f"{prefix}:role/{name}/{role}"
    statement = {"Effect": "Allow", "Action": "airflow:CreateWebLoginToken", "Resource": resource}
    about = {"Effect": "Allow", "Action": list(SEE), "Resource": environment_arn}
    return {"Version": VERSION, "Statement": [statement, about] if see else [statement]}
