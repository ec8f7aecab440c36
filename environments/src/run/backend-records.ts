import { AccessError, type Environment } from "xtremepush-access";
import { readConfiguration } from "xtremepush-access-review";
import type { AccessEnv } from "../file/access-env";
import { isPattern } from "../file/environment-name";
import type { Workspace } from "../pulumi/workspace";
import { accessOf, type BackendAddress, backendOf } from "./backend-project";

/** Finds the backends of the environments of a file; of a pattern, that of its template. */
export function backendsOf({ environments }: AccessEnv, { project }: Workspace): BackendAddress[] {
  const found = Object.entries(environments).flatMap(([entry, { like }]) => {
    const stack = isPattern(entry) ? like : entry;
    const configuration = stack === undefined ? { values: {}, secretKeys: [] } : readConfiguration(project, stack, {});
    return backendOf(configuration, process.env) ?? [];
  });
  return [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
}

/** Reads what the backends know of the environments of a program. @throws AccessError when one cannot be asked. */
export async function readRecords(backends: readonly BackendAddress[], program: string): Promise<Environment[]> {
  const records: Environment[] = [];
  for (const backend of backends) {
    for await (const record of accessOf(backend).environments.list({ program, limit: 1_000 })) records.push(record);
  }
  return records;
}

/** What the backends know, for a command that also works without them; `unknown` says why a part is missing. */
export interface FoundRecords {
  readonly records: readonly Environment[];
  readonly unknown: string | null;
}

export async function findRecords(backends: readonly BackendAddress[], program: string): Promise<FoundRecords> {
  try {
    return { records: await readRecords(backends, program), unknown: null };
  } catch (error) {
    if (!AccessError.is(error)) throw error;
    return { records: [], unknown: `Ends and locks are not known: ${error.message}` };
  }
}
