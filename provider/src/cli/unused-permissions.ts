import { type AccessClient, isPermission, type Permission } from "xtremepush-access";
import { DAY_MS } from "xtremepush-access/schemas";

/** What the clients of a project have and did not use for some days. */
export interface Unused {
  readonly days: number;
  /** By client ID. */
  readonly permissions: ReadonlyMap<string, readonly Permission[]>;
}

const PAGE = 1_000;

/**
 * Reads what the grants of a project have had for so many days, and gateways have not seen used in them.
 *
 * @returns why that is not known, as the end of a sentence, where gateways have not counted for all of these days.
 */
export async function readUnused(access: AccessClient, project: string, days: number): Promise<Unused | string> {
  const now = new Date();
  const permissions = new Map<string, readonly Permission[]>();
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { unusedDays: days, limit: PAGE, ...(cursor !== undefined && { cursor }) };
    const page = await access.use.ofProject(project, query);
    if (page.notKnown !== null) return REASONS[page.notKnown.why];
    for (const { clientId, grantedTime, permissions: unused } of page.items) {
      // Of a grant that was changed lately, it is not known for how long it has had each of its permissions.
      if (now.getTime() - Date.parse(grantedTime) < days * DAY_MS) continue;
      permissions.set(
        clientId,
        unused.map(({ permission }) => permission).filter((permission) => isPermission(permission)),
      );
    }
    cursor = page.nextCursor;
  }
  return { days, permissions };
}

const REASONS = {
  unreported: "no gateway has reported what is used",
  ended: "no gateway has reported for more than a day what is used",
  young: "gateways do not count for so long yet",
} as const;
