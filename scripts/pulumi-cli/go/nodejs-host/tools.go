//go:build tools

// Package tools keeps the programs that this module builds in its go.mod.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs"
