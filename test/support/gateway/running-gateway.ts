import type { Clock } from "../../../gateway/src/clock";
import { parseGatewayFile } from "../../../gateway/src/file/read-gateway-file";
import { type RunningGateway, startGateway } from "../../../gateway/src/server/start";
import { temporaryFolder } from "../process/temporary-folder";
import { until } from "../process/until";
import { ExternalApiStandIn } from "./external-api";
import { ScriptedFeed } from "./scripted-feed";

/** The app token of the stand-in, which only the gateway has. */
export const APP_TOKEN = "apptoken-0123456789/abcdef";
export const CLIENT = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

/** The body of a call, and headers besides. */
export interface Sent {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A gateway in this process, in front of a stand-in, with a scripted backend behind. */
export interface GatewayBench {
  readonly gateway: RunningGateway;
  readonly upstream: ExternalApiStandIn;
  readonly feed: ScriptedFeed;
  readonly folder: string;
  /** The lines of its log. */
  readonly log: readonly string[];
  /** Sends a call; the body is JSON. */
  call(path: string, token: string | null, sent?: string | Sent): Promise<Answered>;
  close(): Promise<void>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

export interface BenchOptions {
  /** Lines that are added to gateway.yaml. */
  readonly yaml?: string;
  readonly folder?: string;
  readonly feed?: ScriptedFeed;
  readonly clock?: Clock;
  /** What calls are sent to. @default the stand-in */
  readonly upstream?: string;
  /** `listen.tls`, with files in the folder. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A second project, `second`, with an External API and an app token of its own. */
  readonly second?: { readonly upstream: string; readonly appToken: string };
  /** Whether to wait until the gateway has heard from the backend. @default true */
  readonly ready?: boolean;
}

export async function startBench(options: BenchOptions = {}): Promise<GatewayBench> {
  const upstream = await ExternalApiStandIn.start(APP_TOKEN);
  const { feed = new ScriptedFeed(), folder = temporaryFolder(), ready = true, clock, second } = options;
  const log: string[] = [];
  const text = fileText(options.upstream ?? upstream.endpoint, options);
  const gateway = await startGateway(parseGatewayFile(text, "gateway.yaml"), {
    ...{ folder, feed, environment: { APP_TOKEN, SECOND_APP_TOKEN: second?.appToken ?? "" }, filesEveryMs: 20 },
    ...(clock && { clock }),
    log: { level: "info", stream: { write: (line) => void log.push(line) } },
  }).catch(async (error: unknown) => {
    await upstream.close();
    throw error;
  });
  if (ready) await until(async () => (await fetch(`${gateway.endpoint}/readyz`)).ok);
  return {
    ...{ gateway, upstream, feed, folder, log },
    call: (path, token, sent = "{}") =>
      send(gateway.endpoint + path, token, typeof sent === "string" ? { body: sent } : sent),
    close: async () => {
      await gateway.close();
      await upstream.close();
    },
  };
}

/** Lets CLIENT list profiles. @returns its access token, when calls with it are answered */
export async function grantListing({ feed, call }: GatewayBench): Promise<string> {
  feed.set({ id: CLIENT, permissions: ["list:profile"] });
  const token = feed.token(CLIENT, ["list:profile"]);
  await until(async () => (await call("/api/external/list/profile", token)).status === 200);
  return token;
}

function fileText(upstream: string, { tls, yaml = "", second }: BenchOptions): string {
  const more = second && `, second: { upstream: "${second.upstream}", appToken: { variable: SECOND_APP_TOKEN } }`;
  return `version: 1
listen: ${JSON.stringify({ port: 0, tls })}
backend: { endpoint: https://access.example.com, token: { variable: XTREMEPUSH_TOKEN } }
projects: { acme: { upstream: "${upstream}", appToken: { variable: APP_TOKEN } }${more ?? ""} }
${yaml}`;
}

async function send(url: string, token: string | null, { body, headers = {} }: Sent): Promise<Answered> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body,
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json() {
      return JSON.parse(text);
    },
  };
}
