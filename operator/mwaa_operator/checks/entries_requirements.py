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
    "RequirementsConflict": Entry(
        "The packages cannot be installed together",
        "A resolver (uv) has looked for versions that fit each other, the constraints, and the Python of the environment's "
        "version of Airflow, and there are none. An error: nothing is uploaded, and the last good file "
        "stays. The message has "
        "the resolver's words.",
        "pip finds the same half an hour into the update of the environment, which AWS rolls back then.",
        "Change one of the versions that the message names. What an index lacks for now is looked for again "
        "every ten minutes.",
        DEPENDENCIES,
    ),
    "ConstraintsUnreachable": Entry(
        "The constraints that are to be changed cannot be read",
        "A DagSource asks for providers in other versions (`requirements.providers`), and the constraints "
        "that Airflow publishes "
        "for its version cannot be read. A warning: what was delivered stays, and it is tried again every few minutes.",
        "The file with the new versions is made of them.",
        "Give the operator a way to `raw.githubusercontent.com`, or name a copy in `requirements.constraint`.",
        DEPENDENCIES,
    ),
    "RequirementsNotResolved": Entry(
        "Whether the packages go together was not checked",
        "No index or no constraints could be read: no way there, a password that only the environment has, or a package "
        "without a wheel, which would have to be built. A warning: the file is uploaded. It is tried again "
        "every ten minutes.",
        "A conflict that is found by AWS costs half an hour.",
        "Name an index that the operator reaches in `requirements.resolution.indexUrl`, or switch the check off with "
        "`requirements.resolution.enabled: false`.",
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
