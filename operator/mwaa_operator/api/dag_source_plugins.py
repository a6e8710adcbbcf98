"""plugins.zip as a DAG source declares it (guide 02, section 11)."""

from __future__ import annotations

from pydantic import Field

from .dag_source_files import ConfigMapReferences, InlineFiles
from .rule import Rule
from .shared import ApiModel, RelativePath


class Plugins(ApiModel):
    """Files that become one plugins.zip: they lie at its root, as MWAA unpacks it to `/usr/local/airflow/plugins`."""

    files: InlineFiles = Field(default_factory=dict)
    """Files by their path in the archive: the text of each."""
    config_map_refs: ConfigMapReferences = ()
    """ConfigMaps in the same namespace whose keys are files: wheels and certificates in `binaryData`."""
    path: RelativePath | None = None
    """A folder among the source's own files whose contents go into the archive, or a ready `.zip` among them. What lies
    there is not delivered as DAG files."""

    RULES = (
        Rule(
            "(has(self.files) && size(self.files) > 0) || (has(self.configMapRefs) && size(self.configMapRefs) > 0) || "
            "has(self.path)",
            "has no files: give files, configMapRefs or path",
            lambda block: bool(block.files or block.config_map_refs or block.path),
            "files",
        ),
        Rule(
            "!has(self.path) || !self.path.endsWith('.zip') || "
            "((!has(self.files) || size(self.files) == 0) && (!has(self.configMapRefs) || size(self.configMapRefs) == 0))",
            "a ready archive takes no other files: give path alone, or a folder as path",
            lambda block: not (block.path or "").endswith(".zip") or not (block.files or block.config_map_refs),
            "path",
        ),
    )
