import { MANIFEST_VERSION, type Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { declaredResources } from "./declared-resources";
import { sourceFinder } from "./monitor/source-finder";
import { failureOf } from "./program-failure";
import { runProgram } from "./program-process";
import { type InstalledPackages, installedPackages } from "./project/installed-packages";
import { type PulumiProject, readPulumiProject } from "./project/pulumi-project";
import { splitArguments } from "./project/split-arguments";
import { readConfiguration, type StackConfiguration, type StackName, stackNameOf } from "./project/stack-configuration";
import { describeUncertainties } from "./uncertainties";

export interface ProgramOptions {
  /** The folder of the program's Pulumi.yaml. */
  readonly folder: string;
  /** `dev`, `acme/dev` or `acme/shop/dev`; by default the stack of the only Pulumi.<stack>.yaml. */
  readonly stack?: string | undefined;
  /** Configuration values that override the files. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** @default 120 */
  readonly timeoutSeconds?: number | undefined;
}

/** How long a program may run by default, in seconds. */
export const TIMEOUT_SECONDS = 120;

/**
 * Runs a Pulumi program as a preview does, without state, secrets or cloud, and returns the clients and grants that it
 * declares.
 *
 * @throws ReviewFailure when it does not run to its end.
 */
export async function readProgram(options: ProgramOptions): Promise<Manifest> {
  const project = readPulumiProject(options.folder);
  const name = stackNameOf(project, options.stack);
  const configuration = readConfiguration(project, name.stack, options.config ?? {});
  const packages = installedPackages(project.workingFolder);
  const findSource = sourceFinder({ folder: project.folder, packages: packages.folders });
  // Loaded only here, because a comparison of lock files needs no server.
  const { Monitor } = await import("./monitor/monitor.js");
  const { serveMonitor } = await import("./monitor/monitor-server.js");
  const monitor = new Monitor({ project: project.name, stack: name.stack }, findSource);
  const server = await serveMonitor(monitor);
  const timeoutSeconds = options.timeoutSeconds ?? TIMEOUT_SECONDS;
  try {
    const end = await runProgram({
      args: argumentsOf({ project, name, runner: packages.runner, address: server.address }),
      folder: project.workingFolder,
      environment: environmentOf(project, configuration, packages),
      timeoutSeconds,
    });
    const failure = failureOf(end, {
      folder: project.folder,
      complete: monitor.complete,
      errors: server.errors,
      timeoutSeconds,
    });
    if (failure !== null) throw new ReviewFailure(`the program of ${project.name}, stack ${name.stack}, ${failure}`);
    return {
      version: MANIFEST_VERSION,
      pulumiProject: project.name,
      stack: name.stack,
      catalog: packages.catalog,
      ...declaredResources(monitor.registrations),
      uncertain: describeUncertainties({ ...end, monitor, configuration, folder: project.folder }),
    };
  } finally {
    server.close();
  }
}

interface Invocation {
  readonly project: PulumiProject;
  readonly name: StackName;
  readonly runner: string;
  readonly address: string;
}

/** The command line that Pulumi's Node.js language host 3.259.0 uses in a preview. */
function argumentsOf({ project, name, runner, address }: Invocation): string[] {
  return [
    ...splitArguments(project.runtime.nodeargs),
    runner,
    `--monitor=${address}`,
    `--engine=${address}`,
    `--organization=${name.organization}`,
    `--project=${project.name}`,
    `--root-directory=${project.folder}`,
    `--stack=${name.stack}`,
    `--pwd=${project.workingFolder}`,
    "--dry-run",
    project.entryPoint,
  ];
}

function environmentOf(
  { runtime }: PulumiProject,
  { values, secretKeys }: StackConfiguration,
  { folders }: InstalledPackages,
): Record<string, string> {
  return {
    PULUMI_CONFIG: JSON.stringify(values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
    ...(runtime.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    ...(runtime.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: runtime.tsconfig }),
    ACCESS_REVIEW_PACKAGES: JSON.stringify(folders),
  };
}
