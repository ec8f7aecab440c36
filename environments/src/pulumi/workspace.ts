import type { DeadRun } from "xtremepush-access";
import { type PulumiProject, ReviewFailure, readPulumiProject } from "xtremepush-access-review";
import { z } from "zod";
import { refusal } from "../environment-failure";
import { commandFailure } from "./command-failure";
import { PulumiCli } from "./pulumi-cli";
import { findStateBackend, makeStateFolder, type StateBackend } from "./state-backend";

/** A run that the backend knows to be dead: its lock on the environment was taken over. */
export interface KnownDead extends DeadRun {
  /** Whether it was seen in the minutes before this run, or this run has taken its lock over. */
  readonly isRecent: boolean;
}

/** A program with the state of its stacks. */
export interface Workspace {
  readonly project: PulumiProject;
  readonly state: StateBackend;
  readonly cli: PulumiCli;
  /** Runs that died while they changed the environment; locks that they left may be removed. */
  readonly deadRuns?: readonly KnownDead[];
}

/** A stack in the state. */
export interface StackSummary {
  readonly name: string;
  /** RFC 3339; null before its first update. */
  readonly lastUpdate: string | null;
  readonly resources: number;
}

/**
 * Opens the program of a folder with the Pulumi CLI and the state of the user.
 *
 * @throws EnvironmentFailure when the folder has no Pulumi.yaml.
 */
export async function openWorkspace(folder: string, environment: NodeJS.ProcessEnv): Promise<Workspace> {
  const project = readProject(folder);
  const state = await findStateBackend({ folder: project.folder, declared: project.backend, environment });
  await makeStateFolder(state);
  return { project, state, cli: new PulumiCli(project.folder, state.variables) };
}

/** Reads the Pulumi.yaml of a folder. @throws EnvironmentFailure when there is none, or it cannot be read. */
export function readProject(folder: string): PulumiProject {
  try {
    return readPulumiProject(folder);
  } catch (error) {
    if (error instanceof ReviewFailure) throw refusal(error.message);
    throw error;
  }
}

/** What `pulumi stack ls --json` prints; it prints more. */
const Stacks = z.array(
  z.looseObject({ name: z.string(), lastUpdate: z.string().optional(), resourceCount: z.number().optional() }),
);

/** Lists the stacks of the program. @throws EnvironmentFailure when the state cannot be read. */
export async function listStacks({ cli }: Workspace): Promise<StackSummary[]> {
  const text = await cli.run("stack", "ls", "--json").catch((error: unknown) => {
    throw commandFailure("the stacks cannot be listed", error);
  });
  return Stacks.parse(JSON.parse(text)).map(({ name, lastUpdate, resourceCount }) => ({
    // Pulumi Cloud writes the organization before a name that is not in the user's own.
    name: name.split("/").at(-1) ?? name,
    lastUpdate: lastUpdate ?? null,
    resources: resourceCount ?? 0,
  }));
}
