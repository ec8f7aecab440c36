import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface GitHubComment {
  readonly id: number;
  body: string;
  readonly user: { readonly login: string };
}

export interface GitHubPullRequest {
  readonly number: number;
  readonly head: { readonly sha: string };
  readonly base: { readonly ref: string };
}

/** A server on this machine that speaks the part of GitHub's REST API that comments need. */
export interface GitHubApi {
  readonly url: string;
  /** The comments of the pull request acme/access#7, in the order of their making. */
  readonly comments: GitHubComment[];
  /** The open pull requests of acme/access; none at first. */
  readonly pullRequests: GitHubPullRequest[];
  /** Method and path of each request. */
  readonly requests: string[];
  /** Is called with each of them before it is answered. */
  onRequest(listener: (request: string) => void): void;
  /** Answers this to every request from now on; null ends it. A body that is not JSON is text. */
  refuse(status: number | null, headers?: Readonly<Record<string, string>>, body?: unknown): void;
  /** Answers no request from now on. */
  hang(): void;
  close(): Promise<void>;
}

/** Starts the server; it takes the token `job-token` of the login `github-actions[bot]`. */
export async function startGitHubApi(): Promise<GitHubApi> {
  const state: State = {
    comments: [],
    pullRequests: [],
    requests: [],
    listener: () => {},
    refused: null,
    hangs: false,
    next: 1,
    url: "",
  };
  const server = createServer((request, response) => void answer(request, response, state));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  state.url = `http://127.0.0.1:${port}`;
  return {
    url: state.url,
    comments: state.comments,
    pullRequests: state.pullRequests,
    requests: state.requests,
    onRequest: (listener) => {
      state.listener = listener;
    },
    refuse: (status, headers = {}, body = { message: "refused" }) => {
      state.refused = status === null ? null : { status, headers, body };
    },
    hang: () => {
      state.hangs = true;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface State {
  readonly comments: GitHubComment[];
  readonly pullRequests: GitHubPullRequest[];
  readonly requests: string[];
  refused: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  } | null;
  hangs: boolean;
  listener: (request: string) => void;
  next: number;
  url: string;
}

type Send = (status: number, body: unknown, headers?: Readonly<Record<string, string>>) => void;

const OF_PULL_REQUEST = "/repos/acme/access/issues/7/comments";
const PULL_REQUESTS = "/repos/acme/access/pulls";
const PULL_REQUEST = /^\/repos\/acme\/access\/pulls\/(\d+)$/;
const ONE = /^\/repos\/acme\/access\/issues\/comments\/(\d+)$/;

async function answer(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://127.0.0.1");
  state.requests.push(`${request.method} ${pathname}`);
  state.listener(`${request.method} ${pathname}`);
  const send: Send = (status, body, headers = {}) => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
    response.end(status === 204 ? undefined : contentOf(body));
  };
  const content = await text(request);
  if (isRefused(state, send)) return;
  if (request.headers.authorization !== "token job-token") return send(401, { message: "Bad credentials" });
  if (pathname === OF_PULL_REQUEST && request.method === "GET") {
    return sendPage(state.comments, { pathname, searchParams, state }, send);
  }
  if (pathname === PULL_REQUESTS && request.method === "GET" && searchParams.get("state") === "open") {
    const wanted = state.pullRequests.filter(({ base }) => base.ref === (searchParams.get("base") ?? base.ref));
    return sendPage(wanted, { pathname, searchParams, state }, send);
  }
  const pullRequest = state.pullRequests.find(({ number }) => String(number) === PULL_REQUEST.exec(pathname)?.[1]);
  if (pullRequest !== undefined && request.method === "GET") return send(200, { ...pullRequest, state: "open" });
  if (pathname === OF_PULL_REQUEST && request.method === "POST") {
    const comment = { id: state.next++, body: JSON.parse(content).body, user: { login: "github-actions[bot]" } };
    if (comment.body.length > 65_536) return send(422, { message: "body is too long (maximum is 65536 characters)" });
    state.comments.push(comment);
    return send(201, comment);
  }
  const found = state.comments.find(({ id }) => String(id) === ONE.exec(pathname)?.[1]);
  if (found === undefined) return send(404, { message: "Not Found" });
  if (request.method === "DELETE") {
    state.comments.splice(state.comments.indexOf(found), 1);
    return send(204, null);
  }
  found.body = JSON.parse(content).body;
  return send(200, found);
}

function isRefused({ hangs, refused }: State, send: Send): boolean {
  if (!hangs && refused !== null) send(refused.status, refused.body, refused.headers);
  return hangs || refused !== null;
}

function contentOf(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function sendPage(
  items: readonly unknown[],
  { pathname, searchParams, state }: { pathname: string; searchParams: URLSearchParams; state: State },
  send: Send,
): void {
  const [page, size] = [Number(searchParams.get("page") ?? 1), Number(searchParams.get("per_page") ?? 30)];
  const next = new URLSearchParams(searchParams);
  next.set("page", String(page + 1));
  const more = items.length > page * size;
  send(
    200,
    items.slice((page - 1) * size, page * size),
    more ? { link: `<${state.url}${pathname}?${next}>; rel="next"` } : {},
  );
}
