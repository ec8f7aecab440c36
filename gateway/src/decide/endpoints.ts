import {
  type Evidence,
  isPermission,
  PERMISSIONS,
  type Permission,
  type PermissionInfo,
  type Risk,
} from "xtremepush-access";
import type { EndpointMapping } from "../file/endpoint-mapping";

/** The paths that a gateway answers for. */
const EXTERNAL_API = "/api/external/";
/** The vendor's reference shows the calls of one-time passwords under both. */
const OTP_API = "/api/otp/";

/** Two permissions that share an endpoint, told apart by the body. */
export interface ByBody {
  readonly one: Permission;
  readonly many: Permission;
  /** The member that holds many items. */
  readonly list: string;
  /** The member that only one item has; null when it is not known. */
  readonly item: string | null;
}

/** What a path of the External API needs. */
export interface Endpoint {
  /** The path, as it is sent on. */
  readonly path: string;
  /** `{method}/{model}`. */
  readonly name: string;
  readonly needs: Permission | ByBody;
  /** How it is known: from the catalog, or from the operator's file. */
  readonly evidence: Evidence | "operator";
}

export type Mappings = Readonly<Record<string, EndpointMapping>>;

/** The endpoints by their whole path: those of the catalog, corrected by the operator's. */
export function endpointsOf(mappings: Mappings): ReadonlyMap<string, Endpoint> {
  const byName = new Map(catalogEndpoints());
  for (const [name, mapping] of Object.entries(mappings)) {
    if (mapping === "refuse") byName.delete(name);
    else byName.set(name, { needs: needsOf(mapping), evidence: "operator" });
  }
  return new Map(
    [...byName].flatMap(([name, known]) => pathsOf(name).map((path) => [path, { path, name, ...known }] as const)),
  );
}

function needsOf(mapping: Exclude<EndpointMapping, "refuse">): Endpoint["needs"] {
  return typeof mapping === "string" ? mapping : { ...mapping, item: mapping.item ?? null };
}

type Known = Pick<Endpoint, "needs" | "evidence">;

function catalogEndpoints(): Map<string, Known> {
  const found = new Map<string, PermissionInfo[]>();
  for (const info of Object.values<PermissionInfo>(PERMISSIONS)) {
    if (info.endpoint !== null) found.set(info.endpoint, [...(found.get(info.endpoint) ?? []), info]);
  }
  return new Map([...found].map(([name, infos]) => [name, knownOf(name, infos)]));
}

/** @throws Error when the catalog has permissions of one endpoint that no body tells apart. */
function knownOf(name: string, infos: readonly PermissionInfo[]): Known {
  const [first] = infos;
  if (first === undefined) throw new Error(`the catalog has no permission for ${name}`);
  const evidence = first.endpointEvidence;
  if (infos.length === 1) return { needs: first.id, evidence };
  const one = infos.find(({ body }) => body === "one");
  const many = infos.find(({ body }) => body === "many");
  if (one === undefined || many === undefined || infos.length > 2) {
    throw new Error(`the catalog does not say how the permissions of ${name} are told apart`);
  }
  const item = name.slice(name.indexOf("/") + 1);
  return { needs: { one: one.id, many: many.id, list: `${item}s`, item }, evidence };
}

function pathsOf(name: string): string[] {
  const [method, model] = name.split("/");
  return method === "otp" ? [EXTERNAL_API + name, OTP_API + model] : [EXTERNAL_API + name];
}

/** Whether a path is one of the External API, known or not. */
export function isExternal(path: string): boolean {
  return path.startsWith(EXTERNAL_API) || path.startsWith(OTP_API);
}

/** The permissions that an endpoint can need. */
export function permissionsOf({ needs }: Endpoint): readonly Permission[] {
  return typeof needs === "string" ? [needs] : [needs.one, needs.many];
}

/** The risk of a permission; one that this package does not know is critical. */
export function riskOf(permission: string): Risk {
  return isPermission(permission) ? PERMISSIONS[permission].risk : "critical";
}
