import path from "node:path";
import { PULUMI_VERSION } from "./wanted-version";

export interface GoProgram {
  /** The name of the built file. */
  readonly name: string;
  /** The folder of the Go module that pins the program and its dependencies. */
  readonly module: string;
  readonly package: string;
  readonly version: string;
}

/** The last language host that the Go module proxy serves; it speaks the protocol of today's engine. */
export const NODE_HOST: GoProgram = {
  name: "pulumi-language-nodejs",
  module: path.join(__dirname, "go", "nodejs-host"),
  package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
  version: "3.68.0",
};

/** The programs to build. Each has its own module, because they need different versions of Pulumi's SDK. */
export const GO_PROGRAMS: readonly [GoProgram, GoProgram] = [
  {
    name: "pulumi",
    module: path.join(__dirname, "go", "cli"),
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    version: PULUMI_VERSION,
  },
  NODE_HOST,
];

/** The oldest Go that can build them. */
export const GO_VERSION = "1.26";

/** For `go build` and `go list`: without cgo, so that the programs run on every machine with this operating system. */
export const GO_FLAGS = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-tags=osusergo,grpcnotrace"] as const;

/** Removes the machine's settings for other Go work from this build. */
export const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "" } as const;

/** The linker's flags: no debug information, and the version that the program names as its own. */
export function linkerFlags(program: GoProgram): string {
  return `-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${program.version}`;
}
