"""Write `manifests/install.yaml`: what `helm template` makes of the chart, for those who install without Helm."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from devcluster import ensure

ROOT = Path(__file__).resolve().parent.parent
CHART = ROOT / "helm" / "mwaa-operator"
MANIFEST = ROOT / "manifests" / "install.yaml"
NAMESPACE = "mwaa-system"
HEADER = f"""\
# Made from helm/mwaa-operator by `make generate`: change it there.
# Set `image`, and the region unless the pod gets AWS_REGION with its credentials, before you apply it.
---
apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
  labels:
    pod-security.kubernetes.io/enforce: restricted
"""


def manifest() -> str:
    """Render the chart with its default values."""
    helm = ensure("helm")["helm"]
    command = [str(helm), "template", "mwaa-operator", str(CHART), "--namespace", NAMESPACE]
    rendered = subprocess.run(command, capture_output=True, text=True, check=False)
    if rendered.returncode:
        sys.exit(f"helm template: {rendered.stderr.strip()}")
    return HEADER + rendered.stdout


def main() -> int:
    """Write the file, or only say whether it is current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the file is not current")
    rendered = manifest()
    if not parser.parse_args().check:
        MANIFEST.write_text(rendered)
    elif not MANIFEST.exists() or MANIFEST.read_text() != rendered:
        print(f"{MANIFEST.relative_to(ROOT)} is not what the chart renders: run `make generate`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
