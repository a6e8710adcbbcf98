"""``python -m devcluster`` is the command ``devcluster``."""

import sys

from devcluster.cli import main

sys.exit(main())
