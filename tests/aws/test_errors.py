"""What AWS answers, as a table: the trouble it means, the reason users see, and the action that they must allow."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from mwaa_operator.aws.advice import KNOWN, OTHERWISE
from mwaa_operator.aws.errors import problem
from mwaa_operator.checks.catalogue import ENTRIES
from mwaa_operator.core.errors import Trouble


def answer(code: str, message: str = "words of AWS", status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, "X")


@pytest.mark.parametrize(
    ("code", "status", "trouble", "reason"),
    [
        ("Throttling", 400, Trouble.THROTTLED, "Throttled"),
        ("RequestLimitExceeded", 503, Trouble.THROTTLED, "Throttled"),
        ("SlowDown", 503, Trouble.THROTTLED, "Throttled"),
        ("ThrottlingException", 400, Trouble.THROTTLED, "Throttled"),
        ("LimitExceededException", 400, Trouble.REFUSED, "QuotaExceeded"),
        ("LimitExceeded", 409, Trouble.REFUSED, "QuotaExceeded"),
        ("AddressLimitExceeded", 400, Trouble.REFUSED, "QuotaExceeded"),
        ("VpcLimitExceeded", 400, Trouble.REFUSED, "QuotaExceeded"),
        ("NatGatewayLimitExceeded", 400, Trouble.REFUSED, "QuotaExceeded"),
        ("TooManyBuckets", 400, Trouble.REFUSED, "QuotaExceeded"),
        ("ServiceQuotaExceededException", 402, Trouble.REFUSED, "QuotaExceeded"),
        ("RouteAlreadyExists", 400, Trouble.NOT_YET, "AlreadySo"),
        ("InvalidPermission.Duplicate", 400, Trouble.NOT_YET, "AlreadySo"),
        ("Resource.AlreadyAssociated", 400, Trouble.NOT_YET, "AlreadySo"),
        ("InvalidGroup.Duplicate", 400, Trouble.NOT_YET, "AlreadySo"),
        ("Gateway.NotAttached", 400, Trouble.NOT_YET, "AlreadySo"),
        ("PreconditionFailed", 412, Trouble.NOT_YET, "AlreadySo"),
        ("ConditionalRequestConflict", 409, Trouble.NOT_YET, "AlreadySo"),
        ("ExpiredToken", 400, Trouble.DENIED, "CredentialsExpired"),
        ("InvalidClientTokenId", 403, Trouble.DENIED, "BadCredentials"),
        ("AuthFailure", 401, Trouble.DENIED, "BadCredentials"),
        ("AccessDeniedException", 400, Trouble.DENIED, "AccessDenied"),
        ("UnauthorizedOperation", 403, Trouble.DENIED, "AccessDenied"),
        ("403", 403, Trouble.DENIED, "AccessDenied"),
        ("BucketNotEmpty", 409, Trouble.HELD, "BucketNotEmpty"),
        ("DependencyViolation", 400, Trouble.NOT_YET, "InUse"),
        ("InvalidIPAddress.InUse", 400, Trouble.NOT_YET, "InUse"),
        ("InvalidVpcID.NotFound", 400, Trouble.NOT_FOUND, "NotFound"),
        ("NoSuchBucket", 404, Trouble.NOT_FOUND, "NotFound"),
        ("ResourceNotFoundException", 404, Trouble.NOT_FOUND, "NotFound"),
        ("InternalServerException", 500, Trouble.UNAVAILABLE, "AwsUnavailable"),
        ("SomethingNew", 502, Trouble.UNAVAILABLE, "AwsUnavailable"),
        ("SomethingNew", 400, Trouble.REFUSED, "AwsRefused"),
    ],
)
def test_each_code_has_one_meaning(code: str, status: int, trouble: Trouble, reason: str) -> None:
    found = problem(answer(code, status=status), "ec2", "create_vpc")
    assert (found.trouble, found.reason) == (trouble, reason)
    assert "ec2:CreateVpc" in found.message
    assert "words of AWS" in found.message


@pytest.mark.parametrize(
    ("text", "trouble", "reason"),
    [
        (
            "Environments with UPDATING status must complete previous operation before initiating a new operation.",
            Trouble.NOT_YET,
            "Busy",
        ),
        ("Environment x is in UPDATING status: its web server is not available.", Trouble.NOT_YET, "Busy"),
        ("1 validation error detected: Value at 'name' failed to satisfy constraint", Trouble.REFUSED, "AwsRefused"),
        ("Value at 'executionRoleArn' failed to satisfy constraint", Trouble.REFUSED, "AwsRefused"),
        ("Provided bucket does not have BlockPublicAccess set for s3 bucket lake", Trouble.REFUSED, "AwsRefused"),
        ("Provided role does not exist or cannot be assumed: arn:aws:iam::1:role/r", Trouble.NOT_YET, "RoleNotReady"),
        (
            "Provided role arn:aws:iam::1:role/r cannot be assumed by airflow.amazonaws.com: check its trust policy",
            Trouble.NOT_YET,
            "RoleNotReady",
        ),
        (
            "Provided role does not have sufficient permissions for s3 location lake/dags",
            Trouble.NOT_YET,
            "RoleNotReady",
        ),
        ("MWAA is not authorized to assume arn:aws:iam::1:role/r", Trouble.NOT_YET, "RoleNotReady"),
        ("Check the execution role of the environment", Trouble.NOT_YET, "RoleNotReady"),
    ],
)
def test_only_its_text_tells_what_a_validation_exception_means(text: str, trouble: Trouble, reason: str) -> None:
    found = problem(answer("ValidationException", text), "mwaa", "update_environment")
    assert (found.trouble, found.reason) == (trouble, reason)
    assert text in found.message


def test_a_role_that_stays_wrong_is_shown_with_what_to_do() -> None:
    text = "Provided role does not exist or cannot be assumed: arn:aws:iam::1:role/r"
    said = problem(answer("ValidationException", text), "mwaa", "create_environment").message
    assert said.startswith(f"airflow:CreateEnvironment: {text}. ")
    assert said.endswith("if this stays, correct the role.")


def test_a_quota_says_how_to_get_on_and_an_address_how_many_are_needed() -> None:
    vpc = problem(answer("VpcLimitExceeded"), "ec2", "create_vpc").message
    assert "Service Quotas" in vpc
    assert "five" not in vpc
    address = problem(answer("AddressLimitExceeded"), "ec2", "allocate_address").message
    assert "needs two Elastic IP addresses; an account has five" in address
    assert "Service Quotas" in address


@pytest.mark.parametrize(
    ("service", "operation", "action"),
    [
        ("mwaa", "create_environment", "airflow:CreateEnvironment"),
        ("s3", "head_bucket", "s3:ListBucket"),
        ("s3", "list_objects_v2", "s3:ListBucket"),
        ("iam", "put_role_policy", "iam:PutRolePolicy"),
    ],
)
def test_what_is_denied_is_named_as_iam_names_it(service: str, operation: str, action: str) -> None:
    assert f"Allow {action} to the operator's role." in problem(answer("AccessDenied"), service, operation).message


def test_the_action_that_aws_names_is_the_one_to_allow() -> None:
    text = "User: arn:aws:iam::1:user/a is not authorized to perform: iam:PassRole on resource: arn:aws:iam::1:role/r"
    said = problem(answer("AccessDeniedException", text), "mwaa", "create_environment").message
    assert said.startswith("airflow:CreateEnvironment: AccessDeniedException")
    assert said.endswith("Allow iam:PassRole to the operator's role.")


def test_the_endpoints_of_mwaa_are_named_by_their_action() -> None:
    text = "User does not have permissions to manage VPC endpoints."
    said = problem(answer("AccessDeniedException", text), "mwaa", "create_environment").message
    assert said.endswith("Allow ec2:CreateVpcEndpoint to the operator's role.")


def test_no_credentials_say_how_to_give_some() -> None:
    found = problem(NoCredentialsError(), "sts", "get_caller_identity")
    assert (found.trouble, found.reason) == (Trouble.DENIED, "NoCredentials")
    assert "service account" in found.message


@pytest.mark.parametrize(
    "error", [EndpointConnectionError(endpoint_url="http://x"), ReadTimeoutError(endpoint_url="http://x")]
)
def test_no_answer_is_tried_again(error: EndpointConnectionError | ReadTimeoutError) -> None:
    assert problem(error, "s3", "get_object").trouble is Trouble.UNAVAILABLE


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Provided bucket does not have BlockPublicAccess set for s3 bucket lake", "PublicAccessNotBlocked"),
        ("Provided bucket does not have versioning enabled for s3 bucket lake", "VersioningOff"),
        ("Provided subnets must be in two different Availability Zones: a, b", "SameAvailabilityZone"),
        ("Provided KMS key is not enabled, it is Disabled: k", "KeyDisabled"),
        ("EnvironmentClass mw1.huge is not valid.", "UnknownEnvironmentClass"),
        ("1 validation error detected: Value at 'name'", ""),
    ],
)
def test_what_is_refused_comes_with_advice(text: str, code: str) -> None:
    said = problem(answer("ValidationException", text), "mwaa", "create_environment").message
    assert said.startswith(f"airflow:CreateEnvironment: ValidationException: {text.rstrip('.')}. ")
    assert said.endswith(f"{ENTRIES[code].fix} (`kubectl mwaa explain {code}`)" if code else OTHERWISE)


def test_every_advice_is_in_the_catalogue() -> None:
    assert {code for _, code in KNOWN} <= ENTRIES.keys()
