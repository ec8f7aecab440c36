/**
 * The environment variable with which `xtremepush-access-env up --rotate` asks a run for new secrets: the version that each
 * client gets, by its owner.
 */
export const ROTATION_VARIABLE = "XTREMEPUSH_ROTATE";

/** Writes the value of the variable, from the version that the client of each owner gets. */
export function rotationRequest(versions: ReadonlyMap<string, number>): string {
  return JSON.stringify(Object.fromEntries(versions));
}

/** The version that a run was asked for, of the client of one of these owners; null without a request. */
export function requestedVersion(
  environment: NodeJS.ProcessEnv,
  ...owners: readonly (string | null | undefined)[]
): number | null {
  const value = environment[ROTATION_VARIABLE];
  if (!value) return null;
  const versions = new Map(Object.entries(parsed(value)));
  const found = owners.map((owner) => (owner ? versions.get(owner) : undefined));
  return found.find((version) => typeof version === "number") ?? null;
}

/** The command writes it, and checks after the run what came of it: what is not readable asks for nothing. */
function parsed(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
