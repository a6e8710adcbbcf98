"""The preflight checks of an environment, each with whom it asks; for registration."""

from __future__ import annotations

from typing import Any

from ..checks.access import AccessCheck
from ..checks.artefacts import ArtefactsCheck
from ..checks.bucket import BucketCheck
from ..checks.caller import CallerCheck
from ..checks.files import FilesCheck
from ..checks.key import KeyCheck
from ..checks.network import NetworkCheck
from ..checks.quotas import QuotasCheck
from ..checks.requirements import RequirementsCheck
from ..checks.role import RoleCheck
from ..checks.secrets_backend import SecretsCheck
from ..checks.sharing import SharingCheck
from ..core.check import Check
from ..sources.lint_artefacts import of_script
from .ec2_network_facts import Ec2NetworkFacts
from .iam_facts import IamFacts
from .kms_facts import KmsFacts
from .mwaa_names import EnvironmentNames
from .quota_facts import QuotaFacts
from .s3_facts import S3Facts
from .session import Aws
from .sharing_facts import SharingFacts


def checks(aws: Aws) -> tuple[Check[Any], ...]:
    """Make one check of each subject."""
    files, roles, names = S3Facts(aws), IamFacts(aws), EnvironmentNames(aws)
    return (
        NetworkCheck(Ec2NetworkFacts(aws)),
        AccessCheck(),
        BucketCheck(files),
        FilesCheck(files),
        RequirementsCheck(files),
        ArtefactsCheck(files, lambda script, private: of_script(script, "spec.startupScriptS3Path", private=private)),
        RoleCheck(roles),
        CallerCheck(roles),
        KeyCheck(KmsFacts(aws)),
        QuotasCheck(QuotaFacts(aws, names)),
        SharingCheck(SharingFacts(aws, names)),
        SecretsCheck(roles),
    )
