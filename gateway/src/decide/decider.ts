import { GROUPS, isPermission, PERMISSIONS, type Permission, type PermissionInfo } from "xtremepush-access";
import { clientLabel, word } from "xtremepush-access/text";
import type { LiveAccess } from "../access/live-access";
import type { ClientAccess } from "../access/snapshot";
import type { StaleAges } from "../file/gateway-file";
import { type Endpoint, riskOf } from "./endpoints";
import { Refusal } from "./refusal";
import type { NoToken, Token, Tokens } from "./tokens";

/** In how many seconds to ask again while the gateway cannot decide. */
const RETRY_AFTER_S = "5";

export interface DeciderOptions {
  readonly live: LiveAccess;
  readonly tokens: Tokens;
  /** The projects that the gateway serves. */
  readonly projects: ReadonlySet<string>;
  readonly stale: StaleAges;
}

/** Decides calls: a token that counts must carry the permission, and the live grant must have it. */
export class Decider {
  readonly #options: DeciderOptions;

  constructor(options: DeciderOptions) {
    this.#options = options;
  }

  /** Whose call it is, by the Authorization header. */
  async caller(authorization: string | undefined): Promise<Token | Refusal> {
    const { live, tokens } = this.#options;
    if (live.snapshot === null) {
      return unavailable("the gateway has not yet heard from the backend what clients may do; send the call again");
    }
    const text = bearerOf(authorization);
    if (text === null) {
      const detail = "send an access token of the backend as Authorization: Bearer";
      return new Refusal("unauthenticated", detail, { headers: this.#challenge() });
    }
    const token = tokens.known(text) ?? (await tokens.verify(text));
    return typeof token === "string" ? this.#invalid(REASONS[token]) : token;
  }

  /** Whether a caller may do what a permission allows; null when it may. */
  permit(token: Token, permission: Permission, endpoint: Pick<Endpoint, "evidence" | "name">): Refusal | null {
    const { live, projects, stale } = this.#options;
    const risk = riskOf(permission);
    if (live.age() > stale[risk]) {
      const limit = stale[risk] / 1_000;
      const detail = `what clients may do was confirmed more than ${limit} s ago, the limit for ${permission} (${risk} risk), because the backend is away; send the call again`;
      return unavailable(detail);
    }
    const client = live.client(token.client);
    const ended = this.#whyEnded(token, client);
    if (ended !== null || client === undefined) return this.#invalid(ended ?? REASONS.unknown);
    if (!projects.has(token.project)) {
      const detail = `this gateway does not serve the project ${word(token.project)} of ${labelOf(client)}; add it to gateway.yaml`;
      return new Refusal("project_not_served", detail, { facts: { client: clientFacts(client) } });
    }
    if (!client.permissions.has(permission)) return denied(client, permission, endpoint);
    return token.scope.has(permission) ? null : this.#narrow(client, permission);
  }

  #whyEnded(token: Token, client: ClientAccess | undefined): string | null {
    const { jti, project, revision } = token;
    const ended = this.#options.tokens.whyEnded(token);
    if (ended !== null) return REASONS[ended];
    if (client === undefined || client.project !== project) return "the client of the access token does not exist";
    if (this.#options.live.isRevoked(jti)) return "the access token is revoked; request another";
    if (revision >= client.validFromRevision) return null;
    return "the access token is from before the client was restored; request another";
  }

  #invalid(detail: string): Refusal {
    return new Refusal("unauthenticated", detail, { headers: this.#challenge("invalid_token", detail) });
  }

  /** The grant has it, and the token was asked for without it, or before. */
  #narrow(client: ClientAccess, permission: Permission): Refusal {
    const detail = `${labelOf(client)} has ${permission}, and this access token does not carry it; request another with that scope`;
    const challenge = this.#challenge("insufficient_scope", detail, permission);
    return new Refusal("insufficient_scope", detail, { facts: factsOf(client, permission), headers: challenge });
  }

  /** RFC 6750, section 3, and RFC 9728, section 5.1. */
  #challenge(error?: string, detail?: string, scope?: string): Record<string, string> {
    const { origin, pathname } = new URL(this.#options.live.issuer ?? "http://localhost");
    const metadata = `${origin}/.well-known/oauth-protected-resource${pathname.replace(/\/+$/, "")}/api/external`;
    const parts = ['realm="xtremepush-access"', `resource_metadata="${metadata}"`];
    if (error !== undefined) parts.push(`error="${error}"`, `error_description="${described(detail ?? "")}"`);
    if (scope !== undefined) parts.push(`scope="${scope}"`);
    return { "www-authenticate": `Bearer ${parts.join(", ")}` };
  }
}

const REASONS = {
  invalid: "the access token is not one of this backend for the External API",
  expired: "the access token is over; request another",
  unknown: "the client of the access token does not exist",
} as const satisfies Record<NoToken, string>;

/** The value of an error_description has only these characters: RFC 6750, section 3. */
function described(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, "'");
}

function bearerOf(authorization: string | undefined): string | null {
  return /^bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization ?? "")?.[1] ?? null;
}

function unavailable(detail: string): Refusal {
  return new Refusal("unavailable", detail, { headers: { "retry-after": RETRY_AFTER_S } });
}

function denied(client: ClientAccess, permission: Permission, { evidence, name }: Pick<Endpoint, "evidence" | "name">) {
  const info: PermissionInfo | undefined = isPermission(permission) ? PERMISSIONS[permission] : undefined;
  const place = info === undefined ? "" : ` (${GROUPS[info.group]} > ${info.scopeLabel} > ${info.title})`;
  const line = lineOf(permission);
  const detail = `${name} needs ${permission}${place}, which ${labelOf(client)} of the project ${client.project} does not have. Add it to the client's ScopeGrant, ${line}, and run pulumi up.`;
  return new Refusal("permission_denied", detail, {
    facts: { ...factsOf(client, permission), endpoint: name, evidence, scopeGrant: line },
    headers: { "x-xtremepush-permission": permission },
  });
}

/** The line of a program that would allow it. */
function lineOf(permission: string): string {
  return `permissions: [${JSON.stringify(permission)}]`;
}

function factsOf(client: ClientAccess, permission: Permission) {
  const { title, scopeLabel, group, risk }: PermissionInfo = PERMISSIONS[permission];
  return {
    permission: { id: permission, title, scope: scopeLabel, group: GROUPS[group], risk },
    client: clientFacts(client),
  };
}

function clientFacts({ clientId, name, project }: ClientAccess) {
  return { id: clientId, name, project };
}

function labelOf({ clientId: id, name }: ClientAccess): string {
  return clientLabel({ id, name });
}
