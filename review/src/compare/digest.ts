import { createHash } from "node:crypto";
import { ACCESS_DIFF_VERSION, type AccessDiff } from "../model/access-diff";

/**
 * Hashes exactly what changes: `sha256:` and 64 hexadecimal digits. Titles, risks, source positions and the order of the
 * inputs are left out, so the same change has the same digest wherever it is read from.
 */
export function digestOf({
  environments,
  uncertain,
  givenUp,
}: Pick<AccessDiff, "environments" | "uncertain" | "givenUp">): string {
  const changes = environments.map(({ pulumiProject, stack, location, clients }) => [
    pulumiProject,
    stack,
    location === null ? null : [location.endpoint, location.project],
    clients.map(({ id, effects, nameBefore, nameAfter, permissions, credentials, grantReplaced, unknown }) => [
      id,
      effects,
      [nameBefore, nameAfter],
      permissions.map(({ sign, permission }) => [sign, permission]),
      credentials.map(({ credential, before, after }) => [credential, before, after]),
      grantReplaced,
      unknown,
    ]),
  ]);
  const text = JSON.stringify([
    "xtremepush-access-diff",
    ACCESS_DIFF_VERSION,
    changes,
    uncertain.map(({ why }) => why),
    ...(givenUp.length === 0
      ? []
      : [givenUp.map(({ pulumiProject, stack, clients }) => [pulumiProject, stack, clients])]),
  ]);
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
