import { unusedNotKnown } from "xtremepush-access/rules";
import { DAY_MS } from "xtremepush-access/schemas";
import { count, quoted } from "xtremepush-access/text";
import { type DeclaredGrant, isUnknown, type Manifest } from "../model/manifest";
import { type AskedLocation, isAsked } from "../sources/live-locations";
import { type ClientInUse, dateOf, findClient, type ProjectUse } from "../sources/use";

/** What is known of the permissions of one grant of a program. */
export interface JudgedGrant {
  readonly pulumiProject: string;
  readonly stack: string;
  /** The name of the client, else what the program calls it. */
  readonly client: string;
  /** Null when the backend has no such client. */
  readonly clientId: string | null;
  /** `<file>:<line>` of the grant. */
  readonly source: string | null;
  /** Its permissions that were not used for so many days, with their last use; null when gateways never counted one. */
  readonly unused: ReadonlyMap<string, string | null>;
  /** Why its permissions, or one of them, may be unused and cannot be said to be. */
  readonly notKnown: readonly { readonly permission: string | null; readonly why: string }[];
}

export interface Judging {
  readonly manifest: Manifest;
  /** What is counted for the stack; a sentence when that cannot be told. */
  readonly use: ProjectUse | string;
  /** The project that was read. */
  readonly asked: AskedLocation;
  readonly days: number;
  readonly now: Date;
  /** Tells which permissions of its grant a client has had for all of these days, also where the grant was changed since. */
  heldLong(client: ClientInUse): Promise<(permission: string) => boolean>;
  /** When a gateway first let a call of a client through, with any permission; null when none ever did. */
  firstUsed(client: ClientInUse): Promise<string | null>;
}

/**
 * Finds the permissions of each grant that were not used for some days. What was granted or is counted for less time, and what
 * no gateway counts, is not unused: it is not known.
 */
export async function judgeGrants(judging: Judging): Promise<JudgedGrant[]> {
  return Promise.all(judging.manifest.grants.map((grant) => judgeGrant(grant, judging)));
}

async function judgeGrant(grant: DeclaredGrant, judging: Judging): Promise<JudgedGrant> {
  const { manifest, use } = judging;
  const { pulumiProject, stack } = manifest;
  const names = namesOf(grant, manifest);
  const live = typeof use === "string" ? null : findClient(use, names, manifest);
  const declared = manifest.clients.find(({ urn }) => urn === grant.client)?.name;
  const named = live?.name ?? (typeof declared === "string" ? declared : undefined);
  const about = { pulumiProject, stack, client: named ?? [...names][0] ?? grant.urn, clientId: live?.id ?? null };
  const { source } = grant;
  const elsewhere = isAsked(grant.location, judging.asked) ? null : "an explicit Provider names another project for it";
  const why = typeof use === "string" ? use : (elsewhere ?? whyNotKnown(live, use, judging));
  if (why !== null || live === null) {
    return { ...about, source, unused: new Map(), notKnown: [{ permission: null, why: why ?? "" }] };
  }
  const since = judging.now.getTime() - judging.days * DAY_MS;
  const old = grant.permissions.filter((permission) => {
    const last = live.lastUsed.get(permission);
    return last === null || (last !== undefined && Date.parse(last) < since);
  });
  if (old.length === 0) return { ...about, source, unused: new Map(), notKnown: [] };
  // What it did before went another way: nobody counted that.
  const first = await judging.firstUsed(live);
  if (first === null || Date.parse(first) >= since) {
    const young = `it goes through a gateway for less than ${count(judging.days, "day")}`;
    return { ...about, source, unused: new Map(), notKnown: [{ permission: null, why: young }] };
  }
  const isHeldLong = await judging.heldLong(live);
  const unused = old.filter(isHeldLong);
  const young = old.filter((permission) => !isHeldLong(permission));
  return {
    ...about,
    source,
    unused: new Map(unused.map((permission) => [permission, live.lastUsed.get(permission) ?? null])),
    notKnown: young.map((permission) => ({
      permission,
      why: `it was granted less than ${count(judging.days, "day")} ago, or it is not known when`,
    })),
  };
}

/** What a live client may have as its owner or its ID. */
function namesOf({ client }: DeclaredGrant, { clients }: Manifest): ReadonlySet<string> {
  if (isUnknown(client)) return new Set();
  const declared = clients.find(({ urn }) => urn === client);
  const adopted = typeof declared?.adopt === "string" ? [declared.adopt] : [];
  return new Set([client, ...(declared?.aliases ?? []), ...adopted]);
}

function whyNotKnown(live: ClientInUse | null, { reported }: ProjectUse, { days, now }: Judging): string | null {
  if (live === null) return "the backend has no such client in this project";
  const notKnown = unusedNotKnown(reported, { days, now });
  if (reported === null || notKnown?.why === "unreported") return "no gateway counts what is used in this project";
  const { since, until, gateways } = reported;
  const who = gateways.map((name) => quoted(name)).join(", ");
  if (notKnown?.why === "ended") return `gateways (${who}) have counted until ${dateOf(until)} only`;
  if (notKnown !== null) {
    const from = notKnown.knownFrom === null ? "" : `; it is known from ${dateOf(notKnown.knownFrom)} on`;
    return `gateways count since ${dateOf(since)} only, which is less than ${count(days, "day")}${from}`;
  }
  if ([...live.lastUsed.values()].every((last) => last === null)) {
    return "no gateway has ever let a call of it through: it may go another way; delete the client if nobody needs it";
  }
  return null;
}
