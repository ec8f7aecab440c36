//go:build tools

// Package tools keeps the programs that this module builds in its go.mod.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
