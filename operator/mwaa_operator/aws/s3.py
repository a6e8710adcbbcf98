"""The adapters for Amazon S3."""

from __future__ import annotations

from typing import Any

from ..core.adapter import Adapter
from .s3_artefact import Artefacts
from .s3_bucket import Buckets
from .s3_composed import Composer
from .s3_copies import CopiedTrees, Prefixes
from .s3_folder import Folders
from .s3_lifecycle import Lifecycles
from .s3_object_version import ObjectVersions
from .s3_stand_in import StandIns
from .s3_tree import Trees
from .s3_versions import UnwantedVersions, VersionCounter
from .session import Aws


def adapters(aws: Aws) -> tuple[Adapter[Any], ...]:
    """Make them."""
    trees = (Trees(aws), Prefixes(aws), CopiedTrees(aws))
    of_versions = (Lifecycles(aws), VersionCounter(aws), UnwantedVersions(aws))
    small = (StandIns(aws), Artefacts(aws), Composer(aws))
    return Buckets(aws), Folders(aws), *trees, ObjectVersions(aws), *small, *of_versions
