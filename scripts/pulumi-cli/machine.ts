import { homedir } from "node:os";
import path from "node:path";
import { type RunCommand, runCommand } from "./run-command";

/** Everything on the computer that the search for a CLI uses; tests pass a fake. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** The folders of the PATH, in its order. */
  readonly pathFolders: readonly string[];
  /** `~/.pulumi/versions`, where the Automation API keeps its CLIs. Like the Automation API, it ignores PULUMI_HOME. */
  readonly versionsFolder: string;
  /** `pulumi-resource-pulumi-nodejs`, the script that starts dynamic providers. */
  readonly dynamicProviderScript: string;
  readonly run: RunCommand;
  /** Whether a GET of the URL succeeds within 5 seconds. */
  readonly answers: (url: string) => Promise<boolean>;
  /** Installs the CLI of the installed @pulumi/pulumi's version into `folder`/bin. */
  readonly install: (folder: string) => Promise<void>;
}

export function thisMachine(): Machine {
  return {
    platform: process.platform,
    pathFolders: (process.env["PATH"] ?? "").split(path.delimiter).filter((folder) => folder !== ""),
    versionsFolder: path.join(homedir(), ".pulumi", "versions"),
    dynamicProviderScript: path.join(
      path.dirname(require.resolve("@pulumi/pulumi/package.json")),
      "pulumi-resource-pulumi-nodejs",
    ),
    run: runCommand,
    answers,
    install,
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Every failure means the same here: the site is out of reach.
    return false;
  }
}

async function install(folder: string): Promise<void> {
  // Loaded here because that takes a second, which a machine with a CLI can save.
  const { PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
  await PulumiCommand.install({ root: folder });
}
