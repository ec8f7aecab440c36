import { isPermission, PERMISSIONS, RISKS, sortPermissions } from "xtremepush-access";
import { count, quoted, visible } from "xtremepush-access/text";

/** How many permissions a line names; `--diff` shows all. */
const SHOWN_MAX = 10;
/** In code points: as long as a name may be, and longer than every permission. */
const NAME_MAX = 100;

/** A client in a line; the ID of a new one is not known in a preview. */
export interface LineClient {
  readonly id: string | null;
  readonly name: string | null;
}

/** What a client may do before and after a change. */
export interface AccessChange {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** How many permissions are not known yet; null when no one is, not even how many. @default 0 */
  readonly unknown?: number | null;
  /** Whether the grant may get another client, which is not known yet. @default false */
  readonly isClientUnknown?: boolean;
}

/**
 * Says on one line which permissions a client gains, then which it loses, the riskiest first.
 *
 * @returns null when nothing changes.
 * @example
 * accessLine({ id: "xpc_…", name: "CRM sync" }, { before: ["import:profile"], after: ["list:profile"] });
 * // CRM sync (xpc_…): +list:profile (high), -import:profile (high)
 */
export function accessLine(client: LineClient, change: AccessChange): string | null {
  const { before, after, unknown = 0, isClientUnknown = false } = change;
  const label = labelOf(client);
  if (unknown === null)
    return `${label}: ${isClientUnknown ? "client and " : ""}permissions not known yet${before.length > 0 ? ` (now ${before.length})` : ""}`;
  const gained = riskiestFirst(after.filter((id) => !before.includes(id)));
  const lost = riskiestFirst(before.filter((id) => !after.includes(id)));
  const changes = [...gained.map((id) => `+${nameOf(id)}`), ...lost.map((id) => `-${nameOf(id)}`)];
  const rest = changes.length > SHOWN_MAX ? [restOf(gained.length, lost.length)] : [];
  const later = unknown > 0 ? [laterOf(unknown, lost.length > 0)] : [];
  const other = isClientUnknown ? [`client not known yet (now ${count(before.length, "permission")})`] : [];
  const parts = [...other, ...changes.slice(0, SHOWN_MAX), ...rest, ...later];
  return parts.length === 0 ? null : `${label}: ${parts.join(", ")}`;
}

/** A name in quotes cannot pass for a part of the line. */
function labelOf({ id, name }: LineClient): string {
  const isPlain = name !== null && /^[\p{L}\p{N}][\p{L}\p{M}\p{N} .&@/_-]*$/u.test(name);
  const shown = name === null ? "" : isPlain ? visible(name, NAME_MAX) : quoted(name, NAME_MAX);
  if (id === null) return shown === "" ? "a new client" : `${shown} (new)`;
  return shown === "" ? visible(id, NAME_MAX) : `${shown} (${visible(id, NAME_MAX)})`;
}

function riskiestFirst(permissions: readonly string[]): string[] {
  // The sort is stable: permissions of one risk stay in the catalog's order.
  return sortPermissions(permissions).sort((one, other) => riskOf(other) - riskOf(one));
}

/** A permission that the catalog does not know, as a newer backend has it, comes first. */
function riskOf(id: string): number {
  return isPermission(id) ? RISKS.indexOf(PERMISSIONS[id].risk) : RISKS.length;
}

function nameOf(id: string): string {
  return `${visible(id, NAME_MAX)} (${isPermission(id) ? PERMISSIONS[id].risk : "unknown permission"})`;
}

function restOf(gained: number, lost: number): string {
  const shownGains = Math.min(gained, SHOWN_MAX);
  const [more, less] = [gained - shownGains, lost - (SHOWN_MAX - shownGains)];
  const parts = [...(more > 0 ? [`+${more}`] : []), ...(less > 0 ? [`-${less}`] : [])];
  return `and ${more + less} more (${parts.join(", ")})`;
}

/** A permission that is not known yet may be a new one, or one that the client has. */
function laterOf(unknown: number, hasLost: boolean): string {
  return `${count(unknown, "permission")} not known yet${hasLost ? ", which may be among those lost" : ""}`;
}
