import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { PERMISSION_IDS, type Permission, sortPermissions } from "xtremepush-access";
import { type DeclaredClient, firstKey } from "./program";

/** What somebody else does by hand to the same thing that a run changes. */
export type StrangersChange = Rename | Permit;

interface Meeting {
  /** The resource's name. */
  readonly client: string;
  readonly when: (typeof TIMES)[number];
  /** The call with which the run changes the same thing. */
  readonly call: string;
}

interface Rename extends Meeting {
  readonly kind: "rename";
  readonly name: string;
}

interface Permit extends Meeting {
  readonly kind: "permit";
  readonly permission: Permission;
}

const TIMES = ["after the run", "before the run", "during the run"] as const;

/** The change of a stranger, before it is known what can be changed. */
export const STRANGER = fc.record({
  target: fc.nat(),
  permission: fc.nat(),
  when: fc.constantFrom("during the run" as const, ...TIMES),
});

/** The program before and after a step. */
export interface Meanwhile {
  readonly before: readonly DeclaredClient[];
  readonly after: readonly DeclaredClient[];
}

/** Lets a stranger change what a step changes too; null when there is no such thing. */
export function strangersChange(
  { before, after }: Meanwhile,
  { target, permission, when }: ReturnType<typeof STRANGER.generate>["value"],
): StrangersChange | null {
  const targets = before.flatMap((client) =>
    targetsOf(
      client,
      after.find((one) => firstKey(one) === firstKey(client)),
    ),
  );
  // Grants matter most, and fewer changes are about them.
  const grants = targets.filter(({ isGrant }) => isGrant);
  const [met] = target % 2 === 0 && grants.length > 0 ? grants : targets.slice(target % Math.max(1, targets.length));
  if (met === undefined) return null;
  const { client, call, isGrant } = met;
  // Permissions given after the program has given up the grant stay, because no program owns them.
  const time = isGrant && !met.isDeclared && when === "after the run" ? "during the run" : when;
  if (!isGrant) return { kind: "rename", client: client.key, when, call, name: `${client.name}, by ana` };
  const others = PERMISSION_IDS.filter((id) => !met.permissions.includes(id));
  const added = others[permission % others.length];
  return added === undefined ? null : { kind: "permit", client: client.key, when: time, call, permission: added };
}

interface Target {
  readonly client: DeclaredClient;
  readonly call: string;
  readonly isGrant: boolean;
  /** Whether the program still declares it after the step. */
  readonly isDeclared: boolean;
  /** The client, before and after. */
  readonly permissions: readonly Permission[];
}

function targetsOf(client: DeclaredClient, after: DeclaredClient | undefined): Target[] {
  if (after === undefined) {
    return [{ client, call: "DELETE client", isGrant: false, isDeclared: false, permissions: [] }];
  }
  // A resource that gets another name is not found under the first one after the run.
  if (after.key !== client.key) return [];
  const permissions = [...(client.permissions ?? []), ...(after.permissions ?? [])];
  const isDeclared = after.permissions !== null;
  const isChanged = !isDeepStrictEqual(clientOf(client), clientOf(after));
  // A grant that a run creates must not meet permissions of others, which a refresh does not fix.
  const isGranted = client.permissions !== null && !isDeepStrictEqual(grantOf(client), grantOf(after));
  return [
    ...(isChanged ? [{ client, call: "PATCH client", isGrant: false, isDeclared: true, permissions }] : []),
    ...(isGranted ? [{ client, call: "PUT permissions", isGrant: true, isDeclared, permissions }] : []),
  ];
}

/** What the run of a program sees of a client. */
function clientOf({ name, description, secretVersion, secretOverlap, labels }: DeclaredClient) {
  return { name, description, secretVersion, secretOverlap, labels: labels.toSorted() };
}

function grantOf({ permissions }: DeclaredClient) {
  return permissions === null ? null : sortPermissions(permissions);
}
