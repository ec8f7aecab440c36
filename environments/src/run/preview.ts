import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type AccessDiff, compare, comparePreview, readProgram } from "xtremepush-access-review";
import { describeCredential } from "../delivery/credentials";
import { destinationOf } from "../delivery/destination-of";
import { assertDistinct } from "../file/find-environment";
import { findState, previewJson } from "../pulumi/stack";
import { warnOfTokenEnd } from "./backend-project";
import { type Prepared, prepareToRead } from "./prepare";

/** What `up` would do. */
export interface PreviewResult {
  readonly environment: string;
  readonly exists: boolean;
  readonly access: AccessDiff;
  /** Where each credential belongs. */
  readonly deliveries: readonly { readonly credential: string; readonly destination: string; readonly place: string }[];
}

/**
 * Says what `up` would do to access, and changes nothing. Of an environment that does not exist, it is what the program
 * declares.
 *
 * @throws EnvironmentFailure or ReviewFailure when the program cannot be previewed.
 */
export async function preview(folder: string, name: string): Promise<PreviewResult> {
  const prepared = await prepareToRead(folder, name);
  const { file, environment, workspace } = prepared;
  assertDistinct(file, environment);
  const warned = warnOfTokenEnd(prepared.configuration, process.env);
  const exists = (await findState(workspace, name)) !== null;
  const access = exists ? await previewStack(prepared) : await previewProgram(prepared);
  await warned;
  return {
    environment: name,
    exists,
    access,
    deliveries: environment.deliver.map((delivery) => {
      const { kind, place } = destinationOf(delivery, workspace.project.folder);
      return { credential: describeCredential(delivery), destination: kind, place };
    }),
  };
}

async function previewProgram({ environment, workspace, configuration }: Prepared): Promise<AccessDiff> {
  const { folder } = workspace.project;
  const declared = await readProgram({ folder, stack: environment.name, config: configuration.values });
  return compare([], [declared]);
}

async function previewStack({ environment, workspace, missing }: Prepared): Promise<AccessDiff> {
  const { name } = environment;
  if (missing === null)
    return comparePreview(await previewJson(workspace, ["--stack", name]), `the preview of ${name}`);
  const folder = await mkdtemp(path.join(tmpdir(), "access-env-"));
  try {
    const file = path.join(folder, path.basename(missing.file));
    await writeFile(file, missing.text, { mode: 0o600 });
    const text = await previewJson(workspace, ["--stack", name, "--config-file", file]);
    return comparePreview(text, `the preview of ${name}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
