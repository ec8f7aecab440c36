import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { AccessChange, AccessChanges, AccessPage, UseReport } from "xtremepush-access/schemas";
import type { Feed } from "../../../gateway/src/access/feed";

const ISSUER = "https://access.example.com";

/** What a client of the scripted backend may do. */
export interface ScriptedClient {
  readonly id: string;
  readonly project?: string;
  readonly permissions: readonly string[];
  readonly validFromRevision?: number;
  /** @default CRM sync */
  readonly name?: string;
}

/** A backend without a server: its clients, its tokens and the feed of both. */
export class ScriptedFeed implements Feed {
  readonly reports: UseReport[] = [];
  /** How often a page was read. */
  pages = 0;
  /** How many changes an answer has at most. */
  changesMax = 500;
  /** A key that is listed beside the one that signs. */
  otherKey: Readonly<Record<string, string>> | null = null;
  #isAway = false;
  #isKeyListed = true;
  #resets = 0;
  #sequence = 0;
  #epoch = 1;
  readonly #clients = new Map<string, ScriptedClient>();
  readonly #changes: AccessChange[] = [];
  readonly #events = new EventEmitter().setMaxListeners(0);
  readonly #key = generateKeyPairSync("ec", { namedCurve: "P-256" });

  set(client: ScriptedClient): void {
    this.#clients.set(client.id, client);
    this.#add(entryOf(client));
  }

  remove(id: string): void {
    const project = this.#clients.get(id)?.project ?? "acme";
    this.#clients.delete(id);
    this.#add({ clientId: id, project, deleted: true });
  }

  revoke(jti: string): void {
    this.#add({ revokedToken: { jti, expires: new Date(Date.now() + 600_000).toISOString() } });
  }

  /** Fails each call from now on, or works again. */
  away(isAway: boolean): void {
    this.#isAway = isAway;
    this.#events.emit("change");
  }

  /** Lists the key that it signs with no more. */
  withdrawKey(): void {
    this.#isKeyListed = false;
    this.#events.emit("change");
  }

  /** Forgets its changes, as a restored backend does. */
  reset(): void {
    this.#resets += 1;
    this.#epoch += 1;
    this.#events.emit("change");
  }

  async page(): Promise<AccessPage> {
    this.#assertThere();
    this.pages += 1;
    return {
      version: 1,
      backend: { id: "b", epoch: this.#epoch },
      issuer: ISSUER,
      sequence: String(this.#sequence),
      clients: [...this.#clients.values()].map(entryOf),
      revokedTokens: [],
      nextCursor: null,
      signingKeys: this.#keys(),
    };
  }

  async changes({ after, wait }: { after: string; wait: number }, signal: AbortSignal): Promise<AccessChanges> {
    this.#assertThere();
    const resets = this.#resets;
    if (wait > 0 && Number(after) === this.#sequence) await once(this.#events, "change", { signal });
    this.#assertThere();
    const reset = this.#resets > resets;
    const changes = reset ? [] : this.#changes.slice(Number(after), Number(after) + this.changesMax);
    const sequence = reset ? this.#sequence : Number(after) + changes.length;
    const more = sequence < this.#sequence;
    return { sequence: String(sequence), changes, more, reset, signingKeys: this.#keys() };
  }

  async report(report: UseReport): Promise<void> {
    this.#assertThere();
    this.reports.push(report);
  }

  generation(): number {
    return 0;
  }

  /** Signs a token as the backend does. */
  token(client: string, scope: readonly string[], claims: object = {}): string {
    const now = Math.floor(Date.now() / 1_000);
    const payload = {
      ...{ iss: ISSUER, aud: `${ISSUER}/api/external`, sub: client, client_id: client, jti: randomUUID() },
      ...{ iat: now, exp: now + 600, scope: scope.join(" "), xtremepush_project: "acme", xtremepush_revision: 1 },
      ...claims,
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${part({ typ: "at+jwt", alg: "ES256", kid: "k1" })}.${part(payload)}`;
    const signature = sign("sha256", Buffer.from(text), { key: this.#key.privateKey, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }

  #keys() {
    const { kty = "EC", ...jwk } = this.#key.publicKey.export({ format: "jwk" });
    const own = { ...jwk, kty, kid: "k1", alg: "ES256", use: "sig" };
    const other = this.otherKey === null ? [] : [{ kty: "EC", ...this.otherKey }];
    return { keys: this.#isKeyListed ? [...other, own] : other };
  }

  #add(change: AccessChange): void {
    this.#changes.push(change);
    this.#sequence += 1;
    this.#events.emit("change");
  }

  #assertThere(): void {
    if (this.#isAway) throw new Error("the backend is away");
  }
}

function entryOf({ id, project = "acme", permissions, validFromRevision = 0, name = "CRM sync" }: ScriptedClient) {
  const rest = { name, project, revision: 1, validFromRevision, permissions: [...permissions] };
  return { clientId: id, ...rest, deleted: false as const };
}
