import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { IdTokenIssuer } from "./id-token-issuer";

/** A job in GitHub Actions that may ask for ID tokens. */
export interface ActionsJob {
  /** The environment variables of the job. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many ID tokens it got. */
  tokens(): number;
  close(): Promise<void>;
}

/** Starts what gives ID tokens to a job: each request gets another one with these claims, for the audience that it names. */
export async function startActionsJob(
  issuer: IdTokenIssuer,
  claims: Readonly<Record<string, string>>,
): Promise<ActionsJob> {
  const password = randomUUID();
  let tokens = 0;
  const server = createServer(async (request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://actions");
    if (request.headers.authorization !== `Bearer ${password}`) return response.writeHead(401).end();
    tokens += 1;
    const value = await issuer.sign({ aud: searchParams.get("audience") ?? "", jti: randomUUID(), ...claims });
    return response.setHeader("content-type", "application/json").end(JSON.stringify({ value }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      XTREMEPUSH_OIDC: "github",
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: password,
    },
    tokens: () => tokens,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
