import { homedir } from "node:os";
import path from "node:path";
import { askNodeHost } from "./node-host";
import { type RunCommand, runCommand } from "./run-command";
import { PULUMI_VERSION } from "./wanted-version";

/** Everything on the computer that the search for a CLI uses; tests pass a fake. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The folders of the PATH, in its order. */
  readonly pathFolders: readonly string[];
  /** Where the npm package `pulumi` keeps the CLI that it downloads, as its lib/cache.js has it. */
  readonly downloadFolder: string;
  /** Where this project keeps the CLI that it builds; nobody else looks there. */
  readonly buildFolder: string;
  /** The program of the npm package `pulumi`, which downloads the CLI at its first start. */
  readonly launcher: string;
  /** `pulumi-resource-pulumi-nodejs`, the script that starts dynamic providers. */
  readonly dynamicProviderScript: string;
  readonly run: RunCommand;
  /** Asks a Node.js language host for its version; undefined when it does not answer. */
  readonly askNodeHost: (file: string) => Promise<string | undefined>;
}

export function thisMachine(): Machine {
  const { PATH = "", PULUMI_HOME, XDG_CACHE_HOME } = process.env;
  const sdk = path.dirname(require.resolve("@pulumi/pulumi/package.json"));
  return {
    platform: process.platform,
    pathFolders: PATH.split(path.delimiter).filter((folder) => folder !== ""),
    downloadFolder: path.join(PULUMI_HOME || path.join(homedir(), ".pulumi"), "versions", PULUMI_VERSION),
    buildFolder: path.join(
      XDG_CACHE_HOME || path.join(homedir(), ".cache"),
      "xtremepush-access",
      "pulumi-cli",
      PULUMI_VERSION,
    ),
    launcher: path.resolve(__dirname, "../../node_modules/pulumi/run.js"),
    dynamicProviderScript: path.join(sdk, "pulumi-resource-pulumi-nodejs"),
    run: runCommand,
    askNodeHost,
  };
}
