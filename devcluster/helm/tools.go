//go:build tools

// Package helm only holds the import that keeps Helm's modules in go.mod and go.sum.
package helm

import _ "helm.sh/helm/v4/cmd/helm"
