"""One table from what AWS answers to what the engine does about it."""

from __future__ import annotations

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from ..core.errors import Problem, Trouble
from .advice import advice
from .denial import denied_by

IAM_PREFIX = {"mwaa": "airflow", "s3control": "s3", "service-quotas": "servicequotas"}
IAM_NAMES = {
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:HeadObject": "s3:GetObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:CopyObject": "s3:PutObject",
}
"""Calls that IAM knows by another name (service authorization reference)."""

CODES: tuple[tuple[str, Trouble, str], ...] = (
    (r"Throttl|RequestLimitExceeded|TooManyRequests|SlowDown", Trouble.THROTTLED, "Throttled"),
    (r"LimitExceeded|QuotaExceeded|^TooManyBuckets$", Trouble.REFUSED, "QuotaExceeded"),
    (r"ExpiredToken|RequestExpired|TokenRefreshRequired", Trouble.DENIED, "CredentialsExpired"),
    (
        r"InvalidClientTokenId|UnrecognizedClient|AuthFailure|SignatureDoesNotMatch|InvalidAccessKeyId",
        Trouble.DENIED,
        "BadCredentials",
    ),
    (r"AccessDenied|UnauthorizedOperation|^Forbidden$|^403$", Trouble.DENIED, "AccessDenied"),
    (r"BucketNotEmpty", Trouble.HELD, "BucketNotEmpty"),
    (
        r"DependencyViolation|InvalidIPAddress\.InUse|DeleteConflict|OperationAborted|ConcurrentModification",
        Trouble.NOT_YET,
        "InUse",
    ),
    # the answer to a call whose first reply was lost, or that somebody else was faster with: the next look finds it
    (
        r"^RouteAlreadyExists$|^InvalidPermission\.Duplicate$|^Resource\.AlreadyAssociated$|^InvalidGroup\.Duplicate$"
        r"|^Gateway\.NotAttached$|^PreconditionFailed$|^ConditionalRequestConflict$",
        Trouble.NOT_YET,
        "AlreadySo",
    ),
    (r"^InvalidServiceName$", Trouble.REFUSED, "NoSuchService"),
    (r"\.NotFound$|^NoSuch|NotFoundException$|^404$|NatGatewayNotFound", Trouble.NOT_FOUND, "NotFound"),
    (
        r"^5\d\d$|InternalError|InternalServer|ServiceUnavailable|InternalFailure|^Unavailable$",
        Trouble.UNAVAILABLE,
        "AwsUnavailable",
    ),
)

BUSY_TEXTS = re.compile(
    r"(currently|still) being|in progress|must be in (the )?AVAILABLE|not in (an? )?AVAILABLE"
    r"|(another|previous) (update|operation)|cannot be (updated|deleted) (while|when|in)|try again"
    r"|web server is not available",
    re.IGNORECASE,
)
"""MWAA says Busy, NotYet and BadInput all with ValidationException; only the text tells them apart."""
ROLE_TEXTS = re.compile(
    r"\brole\b.* (can ?not be|is not|could not be) (assumed|assumable)|not authorized to assume|unable to assume"
    r"|\brole\b.* (does not have|lacks) (sufficient|the required) permissions|execution role",
    re.IGNORECASE | re.DOTALL,
)
"""MWAA refuses a role that is a few seconds old with the words that it has for a wrong one: only time tells them apart."""
HINTS = {
    "AccessDenied": " Allow {missing} to the operator's role.",
    "NoSuchService": " Only the account that owns the VPC can make an endpoint to it, once AWS offers it.",
    "QuotaExceeded": " Ask AWS for a higher quota (Service Quotas), or delete what is not used any more.",
}
ADDRESSES = " A Network with NAT gateways needs two Elastic IP addresses; an account has five in a region by default."
NOT_AUTHORIZED = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z]+)")
"""How AWS names the action that a policy lacks."""
NO_ENDPOINTS = "permissions to manage VPC endpoints"
"""How MWAA says that its caller may not make VPC endpoints (reported in modernisation-platform 4351)."""


def problem(error: ClientError | BotoCoreError, service: str, operation: str) -> Problem:
    """Say what an error of boto3 means: what was tried, what AWS said, what to do."""
    action = _action(service, operation)
    if isinstance(error, ClientError):
        return _answered(error, action)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Problem(
            Trouble.DENIED,
            "NoCredentials",
            f"{action}: the operator has no AWS credentials ({error}). Give its service account a role "
            "(IRSA or EKS Pod Identity), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        )
    if isinstance(error, NoRegionError):
        return Problem(Trouble.REFUSED, "NoRegion", f"{action}: no region is set. Set spec.region or AWS_REGION.")
    if isinstance(error, ParamValidationError):
        return Problem(Trouble.REFUSED, "InvalidParameter", f"{action}: {error}")
    return Problem(Trouble.UNAVAILABLE, "AwsUnavailable", f"{action}: AWS did not answer ({error}). It is tried again.")


def _answered(error: ClientError, action: str) -> Problem:
    code = str(error.response["Error"].get("Code", ""))
    text = str(error.response["Error"].get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    for pattern, trouble, reason in CODES:
        if re.search(pattern, code):
            # a call may need more than its own action, such as iam:PassRole: AWS names the one that is missing
            missing = named[1] if (named := NOT_AUTHORIZED.search(text)) else action
            if NO_ENDPOINTS in text:
                missing = "ec2:CreateVpcEndpoint"
            if reason == "AccessDenied" and (denied := denied_by(f"{action}: {code}: {text}", missing)):
                return denied
            hint = HINTS.get(reason, "").format(missing=missing)
            if code == "AddressLimitExceeded":
                hint = ADDRESSES + hint
            plain = f"{action}: {code}: {text}.".replace("..", ".")
            return Problem(trouble, reason, f"{plain}{hint}", missing if reason == "AccessDenied" else "", plain)
    if code == "ValidationException" and BUSY_TEXTS.search(text):
        return Problem(Trouble.NOT_YET, "Busy", f"{action}: {text}")
    if code == "ValidationException" and ROLE_TEXTS.search(text):
        hint = "A new role is known everywhere after a moment, so it is tried again; if this stays, correct the role."
        return Problem(Trouble.NOT_YET, "RoleNotReady", f"{action}: {text}. {hint}".replace("..", "."))
    if status >= 500:
        return Problem(Trouble.UNAVAILABLE, "AwsUnavailable", f"{action}: {code}: {text}. It is tried again.")
    said = f"{action}: {code}: {text}"
    plain = f"{said.rstrip('.')}."
    return Problem(Trouble.REFUSED, "AwsRefused", f"{plain} {advice(said)}", plain=plain)


def _action(service: str, operation: str) -> str:
    """Name a call as IAM does, such as `airflow:CreateEnvironment`."""
    call = f"{IAM_PREFIX.get(service, service)}:{''.join(word.capitalize() for word in operation.split('_'))}"
    return IAM_NAMES.get(call, call)
