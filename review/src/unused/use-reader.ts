import { ENVIRONMENT_VARIABLES } from "pulumi-xtremepush/protocol";
import { AccessClient, AccessError, actorToken } from "xtremepush-access";
import { DAY_MS } from "xtremepush-access/schemas";
import { quoted } from "xtremepush-access/text";
import type { Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { addressOf } from "../sources/live-locations";
import { type ClientInUse, type ProjectUse, readProjectUse } from "../sources/use";
import { type JudgedGrant, judgeGrants } from "./judge";

export interface ReaderSettings {
  readonly environment: NodeJS.ProcessEnv;
  readonly now: Date;
  readonly days: number;
}

/** What the configuration of a stack says about where its clients are. */
export interface ConfiguredLocation {
  readonly endpoint: string | undefined;
  readonly project: string | undefined;
}

export interface UseReader {
  /** @throws ReviewFailure when the backend cannot be read. */
  judge(manifest: Manifest, configured: ConfiguredLocation): Promise<JudgedGrant[]>;
}

/**
 * Makes a reader of the use of stacks; it reads each project once. The token goes to XTREMEPUSH_ENDPOINT and to no address that a
 * file of the program names.
 *
 * @throws ReviewFailure when the address or the token is missing.
 */
export function useReader({ environment, now, days }: ReaderSettings): UseReader {
  const endpoint = environment[ENVIRONMENT_VARIABLES.endpoint]?.trim() ?? "";
  const token = endpoint === "" ? undefined : actorToken({ endpoint, environment });
  if (token === undefined) {
    throw new ReviewFailure(
      "`unused` needs the address of the backend and a viewer's token; set XTREMEPUSH_ENDPOINT and XTREMEPUSH_TOKEN",
    );
  }
  const access = new AccessClient({ endpoint, token, userAgent: "xtremepush-access-review" });
  const reads = new Map<string, Promise<ProjectUse>>();
  const useOf = (project: string) => {
    const read = reads.get(project) ?? readProjectUse(access, project);
    reads.set(project, read);
    return read;
  };
  const heldLong = async (project: string, client: ClientInUse) => {
    const since = new Date(now.getTime() - days * DAY_MS).toISOString();
    if (client.grantedTime !== null && client.grantedTime < since) return () => true;
    const held = await heldThroughout(access, { project, client: client.id, since });
    return (permission: string) => held.has(permission);
  };
  const firstUsed = async (project: string, client: ClientInUse) => {
    const { permissions } = await access.use.ofClient(project, client.id);
    return permissions.flatMap(({ firstUsedTime }) => firstUsedTime ?? []).sort()[0] ?? null;
  };
  return {
    judge: async (manifest, configured) => {
      const project = configured.project ?? environment[ENVIRONMENT_VARIABLES.project]?.trim() ?? "";
      const elsewhere = configured.endpoint !== undefined && addressOf(configured.endpoint) !== addressOf(endpoint);
      const asked = { endpoint, project };
      if (project === "")
        throw new ReviewFailure(`set XTREMEPUSH_PROJECT, the project of the stack ${quoted(manifest.stack)}`);
      try {
        const use = elsewhere
          ? "the configuration of its stack names another backend than XTREMEPUSH_ENDPOINT"
          : await useOf(project);
        return await judgeGrants({
          ...{ manifest, use, asked, days, now },
          heldLong: (client) => heldLong(project, client),
          firstUsed: (client) => firstUsed(project, client),
        });
      } catch (error) {
        if (AccessError.is(error)) throw new ReviewFailure(`what is used cannot be read: ${error.message}`);
        throw error;
      }
    },
  };
}

interface Asked {
  readonly project: string;
  readonly client: string;
  readonly since: string;
}

const NOTHING: ReadonlySet<string> = new Set();

/**
 * The permissions that the last change of a grant before then gave or kept, and each change since then kept. The audit trail may
 * not reach back so far; and a change of which it says nothing may have given a permission, as may a restored client.
 */
async function heldThroughout(access: AccessClient, { project, client, since }: Asked): Promise<ReadonlySet<string>> {
  // Null while no change has said which they are.
  let held: ReadonlySet<string> | null = null;
  for await (const { action, time, before, after } of access.audit.ofClient(project, client, { limit: 1_000 })) {
    if (action === "client.create" || action === "client.restore") return NOTHING;
    if (action !== "grant.update") continue;
    held = keptBy(after, held);
    if (time < since) return after?.["permissions"] === undefined || held === null ? NOTHING : held;
    held = keptBy(before, held);
    if (held?.size === 0) return NOTHING;
  }
  return NOTHING;
}

/** Those that one side of a change has, too; all when it does not tell. */
function keptBy(
  side: Readonly<Record<string, unknown>> | null,
  held: ReadonlySet<string> | null,
): ReadonlySet<string> | null {
  const set = side?.["permissions"];
  if (set === undefined) return held;
  const told = new Set<string>(Array.isArray(set) ? set : []);
  return held === null ? told : new Set([...held].filter((permission) => told.has(permission)));
}
