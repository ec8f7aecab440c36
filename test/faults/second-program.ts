import { composeOwner, composeUrn, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import { AccessClient, type Permission } from "xtremepush-access";
import type { ClientWithGrant } from "xtremepush-access/schemas";
import type { TestBackend } from "../support/backend/backend";

/** The second program: what it has is never the first one's to change. */
export interface SecondProgram {
  readonly access: AccessClient;
  /** Its own client with its grant, as it was made. */
  readonly own: ClientWithGrant;
  /** What it has given the clients of the first program, by ID. */
  readonly granted: Map<string, GivenGrant>;
}

/** A grant as the second program has given it. */
export interface GivenGrant {
  readonly permissions: readonly Permission[];
  readonly managedBy: string;
}

/** Makes the client and the grant of the second program, which has an actor of its own. */
export async function makeSecondProgram({ endpoint, makeActor }: TestBackend, project: string): Promise<SecondProgram> {
  const token = await makeActor("editor", [project], { name: `others of ${project}` });
  const access = new AccessClient({ endpoint, token });
  const { id } = await access.clients.create(project, { name: "Of others", managedBy: secondOwner("apiClient", "n1") });
  const grant = { permissions: ["list:profile"], managedBy: secondOwner("scopeGrant", "n1") } as const;
  await access.grants.put(project, id, grant, { ifMatch: 0 });
  const [own] = (await access.clients.list(project)).items;
  if (own === undefined) throw new Error("the client of the second program is not listed");
  return { access, own, granted: new Map() };
}

/** Checks whether a client or a grant belongs to the second program. */
export function isOfSecond(managedBy: string | null): boolean {
  return managedBy?.startsWith("others/") ?? false;
}

/** The owner of a resource of the second program. */
export function secondOwner(type: keyof typeof RESOURCE_TYPES, name: string): string {
  const { token } = RESOURCE_TYPES[type];
  return composeOwner("others", composeUrn({ stack: "dev", pulumiProject: "others", parent: "", type: token, name }));
}
