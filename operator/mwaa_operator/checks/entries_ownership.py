"""What each code about whose things are, and about secrets in plain sight, means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entries_advice import FAQ
from .entries_identity import KEYS, ROLE
from .entry import Entry

PRACTICES = "Security best practices on Amazon MWAA"
SECRETS = "Configuring an Apache Airflow connection using a Secrets Manager secret"
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
    "RoleLostPermission": Entry(
        "Somebody took a right away from the role",
        "The policy of an ExecutionRole was changed in AWS, and lacks actions that its environments need. A warning, shown "
        "while the operator only reports (`driftPolicy: Report`) or waits for an approval: otherwise it puts them back.",
        "MWAA takes the role anew for every task: a right that is gone is gone at once.",
        "Put the actions back into the role's policy, or set `driftPolicy: Correct`.",
        ROLE,
    ),
    "BackendKwargsInvalid": Entry(
        "The options of the secrets backend cannot be read",
        "`secrets.backend_kwargs` is no JSON object, or a prefix or pattern in it is not what it must be.",
        "Airflow reads it when it starts, in every process: a web server that cannot answers with 5xx.",
        "Write one line of JSON: names and texts in double quotes; patterns are regular expressions such as `^prod`.",
        SECRETS,
    ),
    "LookupPatternsUnknown": Entry(
        "This Airflow knows no lookup patterns",
        "`secrets.backend_kwargs` has a lookup pattern, and the version brings a provider before 7.3.0. A warning.",
        "The older backend refuses arguments that it does not know, and Airflow then finds no secret at all.",
        "Put `apache-airflow-providers-amazon>=7.3.0` into requirements.txt, update Airflow, or leave the patterns out.",
        SECRETS,
    ),
    "RoleMayNotReadSecrets": Entry(
        "The role may not read the secrets",
        "Airflow is to look for connections and variables in Secrets Manager, and IAM's simulator says that the execution "
        "role may not read below a prefix of `secrets.backend_kwargs`. A warning: the secrets may have policies of their "
        "own.",
        "Airflow starts, and every DAG that needs a connection from there fails.",
        "Allow the role `secretsmanager:GetSecretValue`, `DescribeSecret`, `GetResourcePolicy` and `ListSecretVersionIds` "
        "on `secret:PREFIX/*`; for a secret under a customer key also `kms:Decrypt` on the key.",
        SECRETS,
    ),
    "SecretConditionsUnsupported": Entry(
        "Airflow 2.0 cannot work with limits on secrets",
        "The role reads secrets under conditions, such as `secretsmanager:ResourceTag/...`, or some secrets only, and the "
        "version is 2.0 or older. A warning.",
        "A known fault of these versions: the backend finds no secret then.",
        "Allow the role to read all secrets without conditions, or update Airflow.",
        SECRETS,
    ),
}
