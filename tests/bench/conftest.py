"""The benchmarks are no installed package: `make bench` runs them from the repository, and so do their tests."""

from __future__ import annotations

import sys

from devcluster.stack.deployment import REPOSITORY

sys.path.insert(0, str(REPOSITORY))
