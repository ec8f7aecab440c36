import { ENVIRONMENT_VARIABLES } from "pulumi-xtremepush/protocol";
import { AccessClient, actorToken, type ReportedTime } from "xtremepush-access";
import { count, quoted } from "xtremepush-access/text";
import type { AccessDiff, ClientDiff, EnvironmentDiff } from "../model/access-diff";
import type { Manifest } from "../model/manifest";
import { describeUse, isInUse, type Use } from "../model/use";
import { type AskedLocation, isAsked } from "./live-locations";
import { type ClientInUse, dateOf, daysBetween, findClient, type ProjectUse, readProjectUse } from "./use";

/** How long the backend may take for everything: a report that comes late helps nobody. */
const TIMEOUT_MS = 15_000;
/** How many permissions in use the note names. */
const NAMED_MAX = 3;

export interface UseSettings {
  /** What the program declares before and after the change: the other URNs and the client IDs of its clients. */
  readonly declared: readonly Manifest[];
  readonly environment: NodeJS.ProcessEnv;
  readonly now: Date;
  /** @default 15 seconds */
  readonly timeoutMs?: number | undefined;
}

export interface WithUse {
  readonly diff: AccessDiff;
  /** What is in use and taken away, and what could not be read, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * Adds to each permission that a client loses when it was last used, from the backend at XTREMEPUSH_ENDPOINT. Without a token
 * nothing changes. Whatever fails becomes a note: use is never a reason to decide anything else.
 */
export async function withUse(diff: AccessDiff, settings: UseSettings): Promise<WithUse> {
  const losing = diff.environments.flatMap(({ clients }) => clients.filter(losesAccess));
  if (losing.length === 0) return { diff, notes: [] };
  try {
    const read = await readAsked(settings);
    if (read === null) return { diff, notes: [] };
    return withRead(diff, read, settings);
  } catch (error) {
    return { diff, notes: [notRead(error instanceof Error ? error.message : String(error))] };
  }
}

function notRead(why: string): string {
  return `when the permissions that are taken away were last used could not be read: ${why}`;
}

interface Read {
  readonly use: ProjectUse;
  readonly asked: AskedLocation;
}

/** Null when there is no token. @throws Error when something else is missing or the backend cannot be read. */
async function readAsked({ environment, timeoutMs = TIMEOUT_MS }: UseSettings): Promise<Read | null> {
  const [endpoint, project] = (["endpoint", "project"] as const).map((name) =>
    environment[ENVIRONMENT_VARIABLES[name]]?.trim(),
  );
  const token = actorToken({ endpoint: endpoint ?? "", environment });
  if (token === undefined) return null;
  if (!endpoint || !project) {
    const { endpoint: address, project: slug } = ENVIRONMENT_VARIABLES;
    throw new Error(`set ${endpoint ? slug : address}`);
  }
  const access = new AccessClient({ endpoint, token, userAgent: "xtremepush-access-review" });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return { use: await readProjectUse(access, project, { signal }), asked: { endpoint, project } };
  } catch (error) {
    if (signal.aborted) throw new Error(`the backend took longer than ${timeoutMs / 1_000} seconds`);
    throw error;
  }
}

function losesAccess({ permissions }: ClientDiff): boolean {
  return permissions.some(({ sign }) => sign === "-");
}

function withRead(diff: AccessDiff, { use, asked }: Read, { declared, now }: UseSettings): WithUse {
  const { reported } = use;
  if (reported === null) {
    return { diff, notes: [notRead(`no gateway has reported for the project ${quoted(asked.project)}`)] };
  }
  let missing = 0;
  const environments = diff.environments.map((environment): EnvironmentDiff => {
    const clients = environment.clients.map((client) => {
      if (!losesAccess(client)) return client;
      const names = namesOf(client.id, declared);
      const live = isAsked(environment.location, asked) ? findClient(use, names, environment) : null;
      if (live === null) missing += 1;
      return live === null ? client : clientWithUse(client, live, { reported, now });
    });
    return { ...environment, clients };
  });
  const absent = `${count(missing, "client")} ${missing === 1 ? "is" : "are"} not in the project ${quoted(asked.project)}`;
  const notes = missing === 0 ? [] : [notRead(absent)];
  return { diff: { ...diff, environments }, notes: [...noteInUse(environments), ...notes] };
}

/** Everything that the program calls a client: a live one may have any of these as its owner or as its ID. */
function namesOf(id: string, declared: readonly Manifest[]): ReadonlySet<string> {
  const same = declared
    .flatMap(({ clients }) => clients)
    .map(({ urn, aliases, adopt }) => [urn, ...aliases, ...(typeof adopt === "string" ? [adopt] : [])])
    .filter((names) => names.includes(id));
  return new Set([id, ...same.flat()]);
}

interface Reading {
  readonly reported: ReportedTime;
  readonly now: Date;
}

function clientWithUse(client: ClientDiff, { lastUsed }: ClientInUse, reading: Reading): ClientDiff {
  const permissions = client.permissions.map((change) => {
    const last = lastUsed.get(change.permission);
    return change.sign === "-" && last !== undefined ? { ...change, use: useOf(last, reading) } : change;
  });
  return { ...client, permissions };
}

function useOf(lastUsedTime: string | null, { reported: { since, until }, now }: Reading): Use {
  return {
    lastUsedTime,
    daysAgo: lastUsedTime === null ? null : daysBetween(lastUsedTime, now),
    countedSince: dateOf(since),
    countedUntil: dateOf(until),
    isCounted: daysBetween(until, now) <= 1,
  };
}

/** One sentence that names what was used last. */
function noteInUse(environments: readonly EnvironmentDiff[]): string[] {
  const used = environments
    .flatMap(({ clients }) => clients)
    .flatMap(({ id, nameBefore, nameAfter, permissions }) =>
      permissions.flatMap(({ permission, use }) =>
        isInUse(use)
          ? [{ text: `${permission} of ${quoted(nameAfter ?? nameBefore ?? id)}, ${describeUse(use)}`, use }]
          : [],
      ),
    )
    .sort((one, other) => (one.use.daysAgo ?? 0) - (other.use.daysAgo ?? 0));
  if (used.length === 0) return [];
  const [named, left] = [used.slice(0, NAMED_MAX).map(({ text }) => text), used.length - NAMED_MAX];
  return [`takes away what is in use: ${named.join("; ")}${left > 0 ? `; and ${left} more` : ""}`];
}
