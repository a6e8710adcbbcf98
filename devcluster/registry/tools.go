//go:build tools

// Package registry only holds the import that keeps the modules of the registry in go.mod and go.sum.
package registry

import _ "github.com/distribution/distribution/v3/cmd/registry"
