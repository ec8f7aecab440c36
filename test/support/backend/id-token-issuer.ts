import { generateKeyPair, type KeyPairKeyObjectResult, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import type { JWTPayload } from "jose";

/** An issuer of ID tokens on this machine. */
export interface IdTokenIssuer {
  readonly url: string;
  /** How often its keys were asked for. */
  fetches(): number;
  /** Signs claims; `iss`, `iat` and `exp` are added. */
  sign(claims: JWTPayload, options?: SignOptions): Promise<string>;
  /** Replaces its key; with `keep`, the one of before stays published. */
  rotate(options?: Rotation): Promise<void>;
  /** Answers every request with this from now on; null answers as an issuer. */
  break(answer: BrokenAnswer | null): void;
  close(): Promise<void>;
}

export interface SignOptions {
  /** Seconds from now. @default 300 */
  readonly endsIn?: number;
  readonly issuer?: string;
  readonly now?: Date;
  /** Other values of the header; undefined leaves one out. */
  readonly header?: Readonly<Record<string, unknown>>;
}

export interface Rotation {
  readonly keep?: boolean;
  /** @default the next number */
  readonly kid?: string;
  /** The length of an RSA key. @default 2048 */
  readonly bits?: number;
}

export interface BrokenAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Key {
  readonly kid: string;
  readonly pair: Pick<KeyPairKeyObjectResult, "privateKey" | "publicKey">;
}

export async function startIdTokenIssuer(): Promise<IdTokenIssuer> {
  let number = 1;
  let keys: Key[] = [await makeKey("key1")];
  let fetches = 0;
  let broken: BrokenAnswer | null = null;
  const server = createServer(async (request, response) => {
    if (broken !== null) return response.writeHead(broken.status, broken.headers).end(broken.body);
    response.setHeader("content-type", "application/json");
    if (request.url === "/.well-known/openid-configuration") {
      return response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    }
    fetches += 1;
    const published = keys.map(({ kid, pair }) => {
      return { ...pair.publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" };
    });
    return response.end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    fetches: () => fetches,
    async sign(claims, { endsIn = 300, issuer = url, now = new Date(), header } = {}) {
      const [key] = keys;
      if (key === undefined) throw new Error("there is no key");
      const issued = Math.floor(now.getTime() / 1_000);
      const payload = { iss: issuer, iat: issued, exp: issued + endsIn, ...claims };
      // jose signs with no key that it would not take.
      const parts = [{ alg: "RS256", kid: key.kid, typ: "JWT", ...header }, payload];
      const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
      return `${text}.${sign("sha256", Buffer.from(text), key.pair.privateKey).toString("base64url")}`;
    },
    async rotate({ keep = false, kid, bits } = {}) {
      number += 1;
      const next = await makeKey(kid ?? `key${number}`, bits);
      keys = keep ? [next, ...keys] : [next];
    },
    break(answer) {
      broken = answer;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function makeKey(kid: string, modulusLength = 2_048): Promise<Key> {
  return { kid, pair: await promisify(generateKeyPair)("rsa", { modulusLength }) };
}
