import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { listenFailure, oneAddress, urlOf } from "./listening";

const FLAGS = { host: "--metrics-host", port: "--metrics-port" };
/** How long scrapes may take at a stop. */
const GRACE_MS = 1_000;
/** Scrapers ask every few seconds; whoever opens more must not use up the files of the process. */
const CONNECTIONS_MAX = 20;

/** A listener that only answers `/metrics`, to everybody who can reach it. */
export interface MetricsListener {
  readonly endpoint: string;
  /** Accepts no more connections, and lets running scrapes end. */
  close(): Promise<void>;
}

/** What is served. */
type Served = Pick<Registry, "contentType" | "metrics">;

/** Serves metrics on a port of their own. @throws StartFailure when nothing can listen there. */
export async function listenForMetrics(
  registry: Served,
  { host, port }: { readonly host: string; readonly port: number },
  onFailure: (error: unknown) => void,
): Promise<MetricsListener> {
  const server = createServer({ requestTimeout: 10_000 }, answerWith(registry, onFailure));
  server.maxConnections = CONNECTIONS_MAX;
  try {
    server.listen(port, await oneAddress(host));
    await once(server, "listening");
  } catch (error) {
    throw listenFailure(error, { host, port }, FLAGS);
  }
  // A server that listens on TCP has an object as its address.
  const { port: actual } = server.address() as AddressInfo;
  return {
    endpoint: `${urlOf(host, actual)}/metrics`,
    close: async () => {
      if (!server.listening) return;
      const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS);
      const closed = once(server, "close");
      server.close();
      await closed;
      clearTimeout(cut);
    },
  };
}

function answerWith(registry: Served, onFailure: (error: unknown) => void): RequestListener {
  // Scrapes at the same time share one look.
  let running: Promise<string> | null = null;
  const look = () => {
    running ??= registry.metrics().finally(() => {
      running = null;
    });
    return running;
  };
  return ({ method = "", url = "" }, response) => {
    const answer = (status: number, text: string, headers: Readonly<Record<string, string>> = {}) => {
      response.writeHead(status, {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-store",
        ...headers,
      });
      response.end(method === "HEAD" ? undefined : text);
    };
    if (url.split("?", 1)[0] !== "/metrics") return answer(404, "only /metrics is here\n");
    if (method !== "GET" && method !== "HEAD") return answer(405, "use GET\n", { allow: "GET, HEAD" });
    look().then(
      (text) => answer(200, text, { "content-type": registry.contentType }),
      (error: unknown) => {
        onFailure(error);
        answer(500, "the metrics cannot be read; the log has the reason\n");
      },
    );
  };
}
