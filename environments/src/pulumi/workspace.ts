import type { LocalWorkspace } from "@pulumi/pulumi/automation";
import { type PulumiProject, ReviewFailure, readPulumiProject } from "xtremepush-access-review";
import { refusal } from "../environment-failure";
import { commandFailure } from "./command-failure";
import { findStateBackend, makeStateFolder, type StateBackend } from "./state-backend";

/** A program with the state of its stacks. */
export interface Workspace {
  readonly project: PulumiProject;
  readonly state: StateBackend;
  readonly automation: LocalWorkspace;
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
 * @throws EnvironmentFailure when the folder has no Pulumi.yaml, or there is no CLI.
 */
export async function openWorkspace(folder: string, environment: NodeJS.ProcessEnv): Promise<Workspace> {
  const project = readProject(folder);
  const state = await findStateBackend({ folder: project.folder, declared: project.backend, environment });
  await makeStateFolder(state);
  try {
    // The Automation API takes long to load.
    const { LocalWorkspace, PulumiCommand } = await import("@pulumi/pulumi/automation/index.js");
    const automation = await LocalWorkspace.create({
      workDir: project.folder,
      envVars: { ...state.variables, PULUMI_SKIP_UPDATE_CHECK: "true" },
      pulumiCommand: await PulumiCommand.get(),
    });
    return { project, state, automation };
  } catch (error) {
    throw commandFailure("Pulumi cannot be started", error);
  }
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

/** Lists the stacks of the program. @throws EnvironmentFailure when the state cannot be read. */
export async function listStacks({ automation }: Workspace): Promise<StackSummary[]> {
  try {
    const stacks = await automation.listStacks();
    return stacks.map(({ name, lastUpdate, resourceCount }) => ({
      // Pulumi Cloud writes the organization before a name that is not in the user's own.
      name: name.split("/").at(-1) ?? name,
      lastUpdate: lastUpdate ?? null,
      resources: resourceCount ?? 0,
    }));
  } catch (error) {
    throw commandFailure("the stacks cannot be listed", error);
  }
}
