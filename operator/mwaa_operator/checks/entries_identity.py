"""What each code about the role, the caller, the key and quotas means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

ROLE = "Amazon MWAA execution role"
ACCESS = "Accessing an Amazon MWAA environment"
KEYS = "Using customer managed keys for encryption"
QUOTAS = "Amazon MWAA service quotas"

IDENTITY: Mapping[str, Entry] = {
    "NotChecked": Entry(
        "A check could not be made",
        "The operator may not see what the check is about, AWS did not answer, or this AWS, such as an emulator, does not "
        "have the call: the message says which. Nothing is known to be wrong, and nothing is held up.",
        "Checks need a few more rights to read than creating does. Without one, AWS tells of the fault itself, later.",
        "Where the message names an action to allow, allow it to the operator's role, or leave it so. Otherwise there is "
        "nothing to do: the checks are made again before the next disruptive update and after a failure.",
        ACCESS,
    ),
    "RoleNotFound": Entry(
        "The execution role does not exist",
        "IAM knows no role of this ARN, path included.",
        "MWAA takes the role by its ARN, and a role below a path such as `/service-role/` has that in its ARN.",
        "Correct the ARN (`aws iam get-role --role-name NAME` shows it), or leave it out: the environment then makes its "
        "own role.",
        ROLE,
    ),
    "RoleOfOtherAccount": Entry(
        "The execution role is in another account",
        "The ARN names another account than the operator works in.",
        "A role can be handed to MWAA in its own account only.",
        "Name a role of the account of the environment.",
        ROLE,
    ),
    "RoleNameTooLong": Entry(
        "The name of the role is too long",
        "The role's name has more than 64 characters.",
        "IAM allows 64, and Airflow replaces longer names of users by a hash, so that nobody knows who did what.",
        "Take a shorter name.",
        ROLE,
    ),
    "RoleNotTrusting": Entry(
        "MWAA cannot take on the role",
        "The trust policy of the role does not name both services of MWAA.",
        "`airflow.amazonaws.com` and `airflow-env.amazonaws.com` both take on the role: one creates, the other runs.",
        "Name both as `Principal.Service` of `sts:AssumeRole` in the trust policy.",
        ROLE,
    ),
    "RoleLacksPermission": Entry(
        "The role may not do what it needs",
        "IAM's policy simulator says that no policy allows the role some actions that every environment needs.",
        "Without them AWS refuses the role, or the environment fails after half an hour with hardly a word: S3 for DAGs, "
        "CloudWatch Logs, the SQS queue, KMS.",
        "Add the actions on the resources that the message names; the guide's policy for the execution role has all of "
        "them.",
        ROLE,
    ),
    "RoleLacksAdvisedPermission": Entry(
        "The role lacks rights that the guide gives",
        "The simulator says that the role may not publish metrics or read logs. A warning.",
        "The environment works; its metrics, or the logs in Airflow's pages, will be missing.",
        "Add the actions that the message names.",
        ROLE,
    ),
    "RoleDenied": Entry(
        "A policy denies the role what it needs",
        "The simulator found an explicit Deny.",
        "A Deny wins over every Allow. It may stand in the role's policies, its permissions boundary, or a policy of the "
        "organization. The guide itself denies `s3:ListAllMyBuckets`, which is no fault.",
        "Take the actions out of the Deny, or except the resources that the message names.",
        ROLE,
    ),
    "CallerMayNotPassRole": Entry(
        "The operator may not hand the role to MWAA",
        "The simulator says that the operator's own role lacks `iam:PassRole` for this execution role.",
        "Who creates or updates an environment gives MWAA the execution role, and IAM asks for the right to do so.",
        "Allow the operator's role `iam:PassRole` on the execution role, with the condition that `iam:PassedToService` is "
        "`airflow.amazonaws.com`.",
        ACCESS,
    ),
    "CallerMayNotCreateEndpoints": Entry(
        "The operator may not create VPC endpoints",
        "The simulator says that the operator's own role lacks `ec2:CreateVpcEndpoint` or `ec2:CreateNetworkInterface`. A "
        "warning: conditions on tags may look so.",
        "MWAA makes the endpoints of the database and the private web server with the rights of who creates the "
        "environment.",
        "Allow both; the operator's published policy has them.",
        ACCESS,
    ),
    "CallerMayNotUseKey": Entry(
        "The operator may not use the key",
        "The operator's own policies do not allow what MWAA does with the customer key for it. A warning: the key's policy "
        "may allow it.",
        "MWAA makes grants on the key with the rights of who creates the environment.",
        "Allow the operator's role the actions in its policy or in the key's.",
        KEYS,
    ),
    "KeyNotFound": Entry(
        "The key does not exist",
        "KMS knows no key of this id in the region.",
        "The call would be refused, and the key can never be changed afterwards.",
        "Correct the id. A key of another account goes by its ARN.",
        KEYS,
    ),
    "KeyInOtherRegion": Entry(
        "The key is in another region",
        "The ARN names another region than the environment's.",
        "Key, bucket and environment must be in one region.",
        "Name a key of the region.",
        KEYS,
    ),
    "KeyDisabled": Entry(
        "The key cannot be used",
        "The key is disabled, pending deletion or waits for its material.",
        "Everything that the environment stores is encrypted with it.",
        "Enable the key, or name another one.",
        KEYS,
    ),
    "KeyNotSymmetric": Entry(
        "The key is of the wrong kind",
        "The key signs, verifies or is asymmetric.",
        "MWAA, SQS, Aurora and CloudWatch Logs encrypt with symmetric keys.",
        "Name a key of the spec SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT.",
        KEYS,
    ),
    "KeyMultiRegion": Entry(
        "The key is a multi-Region key",
        "The key is a primary or a replica of several regions.",
        "MWAA supports keys of one region only.",
        "Name a key of one region.",
        KEYS,
    ),
    "KeyPolicyWithoutLogs": Entry(
        "CloudWatch Logs may not use the key",
        "The key policy has no statement that lets the Logs service of the region use the key.",
        "The environment's logs are encrypted with it: without the statement the environment fails, and without a log.",
        "Add the statement from the guide: principal `logs.REGION.amazonaws.com`; kms:Encrypt*, kms:Decrypt*, "
        "kms:ReEncrypt*, kms:GenerateDataKey*, kms:Describe*; condition ArnLike `kms:EncryptionContext:aws:logs:arn` = "
        "`arn:aws:logs:REGION:ACCOUNT:*`. Keep the statements that are there.",
        KEYS,
    ),
    "EnvironmentQuotaReached": Entry(
        "No room for another environment",
        "The account has as many environments in the region as its quota allows. A warning where the quota could not be "
        "read: AWS gives ten by default.",
        "The call would be refused.",
        "Delete an environment, or ask for more in Service Quotas.",
        QUOTAS,
    ),
}
