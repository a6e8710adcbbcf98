"""What findings do to a delivery."""

from __future__ import annotations

from enum import StrEnum

from .shared import ApiModel


class Refuses(StrEnum):
    """From which severity on a finding stops something."""

    NEVER = "Never"
    ERROR = "Error"
    WARNING = "Warning"


class Lint(ApiModel):
    """What the findings in the files do to their delivery."""

    refuse_file: Refuses = Refuses.ERROR
    """From which severity on a finding holds back the file that it is in. The last good version of the file stays, and the
    others are delivered."""
    refuse_revision: Refuses = Refuses.NEVER
    """From which severity on a finding holds back everything: what was delivered last stays as it is."""
