import { createPublicKey, randomBytes } from "node:crypto";
import { generate } from "selfsigned";
import { AccessClient } from "xtremepush-access";
import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { makeKeyPair, type TestKeyPair } from "../sdk/certificates";
import { type Call, callerOf } from "./api";
import type { TestBackend } from "./backend";
import {
  writeFullClients,
  writeHeavyActors,
  writeHeavyAudit,
  writeHeavyClients,
  writePlainClients,
  writeProjects,
} from "./heavy-rows";
import type { GrantedClient } from "./oauth";

/** Four bytes, and two UTF-16 units. */
export const WIDE = "\u{1F600}";
/** Three UTF-16 units that NFC makes one character. */
export const COMPOSED = "\u1e69".normalize("NFD");

/** Keys by label. */
export type Keys = Readonly<Record<string, string>>;

/** A backend with rows of every kind, as many and as large as one request can reach. */
export interface FullBackend {
  readonly admin: Call;
  readonly adminHeaders: Readonly<Record<string, string>>;
  /** The headers of a viewer of a thousand projects. */
  readonly viewerHeaders: Readonly<Record<string, string>>;
  /** The headers of a gateway of the project `full` and 999 others. */
  readonly gatewayHeaders: Readonly<Record<string, string>>;
  /** The projects of the viewer. */
  readonly slugs: readonly string[];
  /** A client of the project `full` with ten of the longest keys, all permissions and 1,001 audit rows of 26 KB. */
  readonly keyed: GrantedClient;
  /** The key pair of the client's certificate. */
  readonly pair: TestKeyPair;
  readonly accessToken: string;
  /** The sequence of the access feed before there was anything. */
  readonly firstSequence: string;
  /** Ten of the longest certificates: the client's, and others. */
  readonly longKeys: readonly [Keys, Keys];
  /** Ten of the largest RSA keys, and the ID of a client that has them. */
  readonly slowKeys: Keys;
  readonly slow: string;
}

/** Fills a backend; its projects `heavy`, `full` and `plain` have clients with long keys, with long texts, and as most are. */
export async function fillBackend(backend: TestBackend): Promise<FullBackend> {
  const { database, endpoint, adminToken } = backend;
  const access = new AccessClient({ endpoint, token: adminToken });
  const { sequence: firstSequence } = await access.feed.page();
  const slugs = Array.from({ length: 1_000 }, (_, index) => `p${index}`.padEnd(63, "x"));
  await writeHeavyClients(database, "heavy", 101);
  await writeFullClients(database, "full", 201);
  await writePlainClients(database, "plain", 1_001);
  await writeProjects(database, slugs);
  await writeHeavyActors(database, 40);
  const viewer = await backend.makeActor("viewer", slugs);
  const gateway = await backend.makeActor("gateway", ["full", ...slugs.slice(1)]);

  const pair = await makeKeyPair();
  const longKeys = [await makeLongKeys(pair), await makeLongKeys(await makeKeyPair())] as const;
  const { id, clientSecret } = await access.clients.create("full", { name: "keyed", publicKeys: longKeys[0] });
  await access.grants.put("full", id, { permissions: [...PERMISSION_IDS] }, { ifMatch: 0 });
  await writeHeavyAudit(database, { project: "full", client: id }, { count: 1_001, length: 26_000 });
  const secret = clientSecret ?? "";
  const { access_token: accessToken } = await access.oauth.token({ clientId: id, clientSecret: secret });
  const slowKeys = makeSlowKeys();
  const slow = await access.clients.create("full", { name: "slow", secretVersion: 0, publicKeys: slowKeys });
  return {
    admin: callerOf(endpoint, adminToken),
    adminHeaders: { authorization: `Bearer ${adminToken}` },
    viewerHeaders: { authorization: `Bearer ${viewer}` },
    gatewayHeaders: { authorization: `Bearer ${gateway}` },
    keyed: { access, id, secret },
    slow: slow.id,
    ...{ firstSequence, slugs, pair, accessToken, longKeys, slowKeys },
  };
}

/** Ten times a certificate of nearly 20,000 characters. */
async function makeLongKeys(keyPair: TestKeyPair): Promise<Keys> {
  const altNames = Array.from({ length: 230 }, (_, index) => ({
    type: 2 as const,
    value: `${index}.`.padEnd(56, "x"),
  }));
  const { cert } = await generate([{ name: "commonName", value: "client.example.com" }], {
    ...{ keyPair, keyType: "ec" as const, curve: "P-256" as const },
    extensions: [{ name: "subjectAltName", altNames }],
  });
  return tenOf(() => cert);
}

/** Numbers at random: what is not signed by anybody takes as long to verify. */
function makeSlowKeys(): Keys {
  return tenOf(() => {
    const modulus = randomBytes(2_048);
    modulus.writeUInt8(0xff, 0);
    modulus.writeUInt8(0xff, 2_047);
    const jwk = { kty: "RSA", n: modulus.toString("base64url"), e: Buffer.alloc(4, 0xff).toString("base64url") };
    return createPublicKey({ key: jwk, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
  });
}

function tenOf(key: () => string): Keys {
  return Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`key-${index}`, key()]));
}
