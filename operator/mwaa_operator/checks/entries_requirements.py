"""What each code about the requirements that a DagSource puts together means; see `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping

from .entry import Entry

DEPENDENCIES = "Installing Python dependencies"

REQUIREMENTS: Mapping[str, Entry] = {
    "ConflictingPins": Entry(
        "One package is pinned to two versions",
        "Two lines of the requirements of a DagSource ask for different versions of one package. An error: the last good "
        "file stays.",
        "pip refuses it, half an hour into the update of the environment.",
        "Keep one of the two lines that the message names.",
        DEPENDENCIES,
    ),
    "ConflictingIndexes": Entry(
        "Two package indexes that both want to be the first",
        "The requirements of a DagSource have two different `--index-url`. An error: the last good file stays.",
        "pip takes the last one only, and does not say so: packages of the other index are not found.",
        "Keep one, and give the other in `requirements.extraIndexUrls`.",
        DEPENDENCIES,
    ),
}
