import assert from "node:assert/strict";
import type { ProblemCode } from "xtremepush-access/schemas";
import { PROBLEMS, Problem } from "xtremepush-access/schemas";

/** An answer of the management API. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The JSON of the answer; undefined when it is empty or something else. */
  // biome-ignore lint/suspicious/noExplicitAny: tests compare answers field by field
  readonly body: any;
}

/** What a call sends besides its address; `body` is sent as JSON, `raw` as it is. */
export interface CallOptions {
  readonly body?: unknown;
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly ifMatch?: number;
}

/** Calls the management API as one actor, as in `call("GET /v1/projects")`. */
export type Call = (address: string, options?: CallOptions) => Promise<Answer>;

/** Makes calls with a token; null sends none. */
export function callerOf(endpoint: string, token: string | null): Call {
  return async (address, { body, raw, headers, ifMatch } = {}) => {
    const [method = "GET", path = "/"] = address.split(" ");
    const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const response = await fetch(endpoint + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(sent === undefined ? {} : { "content-type": "application/json" }),
        ...(ifMatch === undefined ? {} : { "if-match": `"${ifMatch}"` }),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: sent }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  };
}

/** Checks that an answer is a whole problem of one kind, and gives it back. */
export function assertProblem(answer: Answer, code: ProblemCode): Problem {
  assert.equal(answer.body?.code, code, `expected ${code}, got ${answer.status} ${answer.text.slice(0, 300)}`);
  assert.equal(answer.status, PROBLEMS[code].status);
  assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
  const problem = Problem.parse(answer.body);
  assert.equal(problem.status, answer.status);
  assert.equal(problem.title, PROBLEMS[code].title);
  assert.match(problem.requestId, /^xpr_[a-z2-7]{26}$/);
  assert.equal(answer.headers.get("x-request-id"), problem.requestId);
  return problem;
}
