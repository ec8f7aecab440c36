import { AccessError, type Environment } from "xtremepush-access";
import { quoted, word } from "xtremepush-access/text";
import { ReviewFailure } from "xtremepush-access-review";
import { EnvironmentFailure, refusal } from "../environment-failure";
import { isPattern } from "../file/environment-name";
import { readAccessEnv } from "../file/read-access-env";
import { isKnownDead } from "../process-identity";
import { Progress, type Terminal } from "../pulumi/progress";
import { openWorkspace } from "../pulumi/workspace";
import { projectAddressOf } from "./backend-project";
import { backendsOf, readRecords } from "./backend-records";
import { readBranches } from "./branches";
import { takeDown } from "./down";
import { EnvironmentBusy } from "./environment-lock";
import { prepareToRemove } from "./prepare";
import { decideReap, type Kept, type Removal } from "./reap-decision";
import { StopSignal } from "./stop-signal";

/** What `reap` did, or would do. */
export interface ReapResult {
  /** Whether nothing was removed, because nobody has said yes. */
  readonly dryRun: boolean;
  readonly removed: readonly Reaped[];
  readonly kept: readonly Kept[];
  readonly failed: readonly (Reaped & { readonly error: string })[];
}

/** An environment that was removed, or is to be. */
export interface Reaped {
  readonly environment: string;
  readonly project: string;
  readonly reason: string;
  /** When its time to live was over; null for one that stays. */
  readonly expiresTime: string | null;
}

export interface ReapOptions {
  readonly yes: boolean;
  /** Where the branches are listed: the remote with `true`, a file, or `-`; null when they do not matter. */
  readonly branches: string | true | null;
  /** How many environments are removed at most. */
  readonly max: number;
  readonly terminal: Terminal;
}

/**
 * Removes the environments of patterns whose time to live is over, or whose branch is gone. Where one fails, it goes on with
 * the next; what is left of it stays in the records of the backend, and the next call finishes it.
 *
 * @throws EnvironmentFailure when nothing can be decided.
 */
export async function reap(folder: string, { yes, branches, max, terminal }: ReapOptions): Promise<ReapResult> {
  const file = await readAccessEnv(folder);
  const workspace = await openWorkspace(folder, process.env);
  const patterns = Object.entries(file.environments).filter(([entry]) => isPattern(entry));
  if (patterns.length === 0) throw refusal("access-env.yaml has no pattern, such as pr-*, and only those are reaped");
  if (branches !== null && patterns.every(([, { branch }]) => branch === undefined)) {
    throw refusal('no pattern of access-env.yaml has a `branch`; add one, such as branch: "feature/{*}"');
  }
  const backends = backendsOf({ ...file, environments: Object.fromEntries(patterns) }, workspace);
  if (backends.length === 0) {
    throw refusal("the backend of no pattern is known here; set XTREMEPUSH_ENDPOINT and XTREMEPUSH_TOKEN");
  }
  // The records first: a branch that is made meanwhile has no environment among them.
  const records = await readRecords(backends, workspace.project.name);
  const names = branches === null ? null : await readBranches(workspace.project.folder, branches);
  const { removals, kept } = decideReap({ file, records, branches: names, max, isKnownDead });
  if (!yes) return { dryRun: true, removed: removals.map(reapedOf), kept, failed: [] };
  return {
    dryRun: false,
    ...(await removeEach(removals, (removal, progress) => removeOne(folder, removal, progress), { kept, terminal })),
  };
}

/** Removes one after the other; one that fails leaves the others to be removed, and a signal ends it. */
export async function removeEach(
  removals: readonly Removal[],
  remove: (removal: Removal, progress: Progress) => Promise<void>,
  { kept, terminal }: { readonly kept: readonly Kept[]; readonly terminal: Terminal },
): Promise<Omit<ReapResult, "dryRun">> {
  const removed: Reaped[] = [];
  const failed: (Reaped & { readonly error: string })[] = [];
  const stayed = [...kept];
  const stop = new StopSignal();
  try {
    for (const removal of removals) {
      const { name, project } = removal.record;
      if (stop.reason !== null) {
        stayed.push({ environment: name, project, why: stop.reason });
        continue;
      }
      const progress = new Progress(terminal);
      progress.line(`removing ${word(name)} of the project ${word(project)}: ${removal.reason}`);
      try {
        await remove(removal, progress);
        removed.push(reapedOf(removal));
      } catch (error) {
        if (error instanceof EnvironmentBusy) stayed.push({ environment: name, project, why: error.message });
        else failed.push({ ...reapedOf(removal), error: sentenceOf(error) });
        progress.line(sentenceOf(error));
      }
    }
  } finally {
    stop.close();
  }
  return { removed, kept: stayed, failed };
}

async function removeOne(folder: string, { record }: Removal, progress: Progress): Promise<void> {
  const prepared = await prepareToRemove(folder, record.name);
  const address = projectAddressOf(prepared.configuration, process.env);
  if (address?.project !== record.project) {
    throw new EnvironmentFailure(
      `${quoted(record.name)} is in the project ${quoted(record.project)}, and its configuration here names ${address === null ? "none" : quoted(address.project)}`,
    );
  }
  const confirm = (now: Environment | null) => {
    if (now !== null && now.updatedTime !== record.updatedTime) {
      throw new EnvironmentBusy(`${quoted(record.name)} was set up again at ${now.updatedTime}, so it stays`);
    }
  };
  await takeDown({ ...prepared, address }, { command: "reap", progress, waitMs: 0, confirm });
}

function reapedOf({ record: { name, project, expiresTime }, reason }: Removal): Reaped {
  return { environment: name, project, reason, expiresTime };
}

/** @throws the error when it is not about one environment. */
function sentenceOf(error: unknown): string {
  if (error instanceof EnvironmentFailure || error instanceof ReviewFailure || AccessError.is(error)) {
    return error.message;
  }
  throw error;
}
