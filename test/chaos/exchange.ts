import { once } from "node:events";
import http from "node:http";

/** A request as it is sent once. */
export interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer as it came. */
export interface Received {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request once, on a connection that the agent keeps; a connection that fails throws Node.js's error. */
export async function exchange(agent: http.Agent, { method, url, headers, body }: Sent): Promise<Received> {
  const request = http.request(url, { method, agent, headers });
  request.end(body);
  // The first argument of the event is the answer.
  const [answer] = (await once(request, "response")) as [http.IncomingMessage];
  const text = (await answer.setEncoding("utf8").toArray()).join("");
  return { status: answer.statusCode ?? 0, headers: answer.headers, text };
}

/**
 * Says whether a 503 is in the words of the API, or at the token endpoint in those of RFC 6749, and says when to try again,
 * or whether a 507 says that the disk is full.
 */
export function isOwnRefusal({ status, headers, text }: Received): boolean {
  const type = headers["content-type"] ?? "";
  const isProblem = type.startsWith("application/problem+json");
  if (status === 507) return isProblem && JSON.parse(text).code === "disk_full";
  if (status !== 503 || headers["retry-after"] === undefined) return false;
  if (isProblem) return JSON.parse(text).code === "unavailable";
  return type.startsWith("application/json") && JSON.parse(text).error === "temporarily_unavailable";
}
