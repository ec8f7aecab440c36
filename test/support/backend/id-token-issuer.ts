import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** An issuer of ID tokens on this machine. */
export interface IdTokenIssuer {
  readonly url: string;
  /** How often its keys were asked for. */
  fetches(): number;
  /** Signs claims; `iss`, `iat` and `exp` are added. */
  sign(claims: JWTPayload, options?: SignOptions): Promise<string>;
  /** Replaces its key; with `keep`, the one of before stays published. */
  rotate(options?: { readonly keep?: boolean }): Promise<void>;
  /** Answers every request with this from now on; null answers as an issuer. */
  break(answer: BrokenAnswer | null): void;
  close(): Promise<void>;
}

export interface SignOptions {
  /** Seconds from now. @default 300 */
  readonly endsIn?: number;
  readonly issuer?: string;
  readonly now?: Date;
}

export interface BrokenAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

interface Key {
  readonly kid: string;
  readonly pair: Awaited<ReturnType<typeof generateKeyPair>>;
}

export async function startIdTokenIssuer(): Promise<IdTokenIssuer> {
  let keys: Key[] = [await makeKey(1)];
  let fetches = 0;
  let broken: BrokenAnswer | null = null;
  const server = createServer(async (request, response) => {
    if (broken !== null) return response.writeHead(broken.status, broken.headers).end(broken.body);
    response.setHeader("content-type", "application/json");
    if (request.url === "/.well-known/openid-configuration") {
      return response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
    }
    fetches += 1;
    const published = await Promise.all(
      keys.map(async ({ kid, pair }) => ({ ...(await exportJWK(pair.publicKey)), kid, alg: "RS256", use: "sig" })),
    );
    return response.end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    fetches: () => fetches,
    async sign(claims, { endsIn = 300, issuer = url, now = new Date() } = {}) {
      const [key] = keys;
      if (key === undefined) throw new Error("there is no key");
      const issued = Math.floor(now.getTime() / 1_000);
      const payload = { iss: issuer, iat: issued, exp: issued + endsIn, ...claims };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: "RS256", kid: key.kid, typ: "JWT" })
        .sign(key.pair.privateKey);
    },
    async rotate({ keep = false } = {}) {
      const next = await makeKey(Number(keys[0]?.kid.slice(3)) + 1);
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

async function makeKey(number: number): Promise<Key> {
  return { kid: `key${number}`, pair: await generateKeyPair("RS256", { extractable: true }) };
}
