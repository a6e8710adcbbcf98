"""What each code about whose things are, and about secrets in plain sight, means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entries_advice import FAQ
from .entries_identity import KEYS, ROLE
from .entry import Entry

PRACTICES = "Security best practices on Amazon MWAA"
PROTECTION = "Data protection in Amazon MWAA"

OWNERSHIP: Mapping[str, Entry] = {
    "CrossAccountKey": Entry(
        "The key belongs to another account",
        "The ARN of the key names another account than the execution role's. A warning.",
        "The guide says in one place that the key must be in the account of the environment, and in another that a key of "
        "another account may be named by its ARN. Its policy cannot be read from outside its account, so nobody can tell "
        "beforehand whether CloudWatch Logs and MWAA may use it.",
        "Have the key's owner allow this account to use the key and to make grants on it, and the Logs service of the "
        "region to use it. A key of the environment's own account is the safe choice: an environment keeps its key for "
        "ever.",
        KEYS,
    ),
    "RoleShared": Entry(
        "Several environments have one role",
        "More than one environment takes on the execution role. A warning.",
        "What DAGs of one environment need, those of the others may then do as well: read its bucket, its logs and "
        "its secrets.",
        "Declare an ExecutionRole for each environment, or leave `executionRoleRef` out, so that each makes its own.",
        ROLE,
    ),
    "BucketShared": Entry(
        "Several environments have one bucket",
        "Another environment of the account has the same source bucket. A warning.",
        "Who may write DAGs for one environment can write those of the other, and run code with its role.",
        "Declare a Bucket for each environment.",
        PRACTICES,
    ),
    "ForeignObjects": Entry(
        "The bucket holds other things",
        "At the top of the bucket lie folders or files that the environment does not name. A warning.",
        "The guide wants the bucket used by nothing but its environment: others who write there can change the DAGs, and "
        "the execution role may read what lies there.",
        "Move them to another bucket, or name them where they belong to the environment (`pluginsS3Path` and so on).",
        PRACTICES,
    ),
    "SeveralTeams": Entry(
        "Several teams in one environment",
        "Labels and tags called `team` name more than one team. A warning.",
        "Airflow is not made for tenants that do not trust each other: whoever writes DAGs can read every connection, "
        "change the metadata database and give out rights.",
        "Give each team an environment of its own.",
        PRACTICES,
    ),
    "HipaaNotCovered": Entry(
        "The environment is older than MWAA's HIPAA eligibility",
        "A label or tag called `phi` marks the environment, and AWS created it before 14 November 2022. A warning.",
        "MWAA is HIPAA eligible for environments that were created since that day, and with a business associate addendum "
        "between you and AWS.",
        "Make a new environment, and move the DAGs there. Take the label away where there is no such data.",
        FAQ,
    ),
    "CredentialsInUrl": Entry(
        "A URL with a password",
        "The value of an option or a tag has a URL with user and password in front of the host. A warning.",
        "The value is shown to all who may read the object or the environment, and URLs end in logs and in error messages.",
        "Take it from a Secret with `airflowConfigurationOptionsFrom`, or from a connection in Secrets Manager.",
        PROTECTION,
    ),
    "SecretInPlainSight": Entry(
        "A name or tag seems to hold a secret",
        "A name or a tag looks like an access key or a token, or a tag is called like a password. A warning.",
        "Names and tags show in bills, diagnostic logs and lists.",
        "Take it out. Where it was a secret, make a new one in its place: the old one has been read.",
        PROTECTION,
    ),
}
