import { randomUUID } from "node:crypto";
import http from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { exchange, type Received } from "./exchange";

/** The calls of the traffic: of a low and a critical risk, and one that was never granted. */
export const CALLS = {
  low: { path: "/api/external/info/task", permission: "info:task" },
  critical: { path: "/api/external/export/segment", permission: "export:segment" },
  never: { path: "/api/external/list/profile", permission: "list:profile" },
} as const;
export type Kind = keyof typeof CALLS;

/** A call that was answered, or cut. */
export interface Ended {
  readonly id: string;
  readonly kind: Kind;
  /** Null when its connection was refused or cut. */
  readonly status: number | null;
  /** Whether the gateway says that nothing was sent. */
  readonly isUnsent: boolean;
  readonly begun: number;
}

const PATIENCE_MS = 30_000;

/** Callers of a gateway, each of which sends one call after the other, once, with an ID in its body. */
export class Calls {
  readonly ended: Ended[] = [];
  /** Answers that no gateway and no External API gives. */
  readonly foreign: string[] = [];
  /** When each call has arrived at the External API. */
  readonly arrived = new Map<string, number[]>();
  token = "";
  #endpoint = "";
  #isEnding = false;
  #running: Promise<unknown> = Promise.resolve();
  readonly #agent = new http.Agent({ keepAlive: true });

  /** Takes a body that has arrived at the External API. */
  arrive(body: string): void {
    const { id } = JSON.parse(body);
    this.arrived.set(id, [...(this.arrived.get(id) ?? []), performance.now()]);
  }

  start(endpoint: string, callers: number): void {
    this.#endpoint = endpoint;
    this.#isEnding = false;
    const kinds = Object.keys(CALLS) as Kind[];
    this.#running = Promise.all(
      Array.from({ length: callers }, async () => {
        for (let turn = 0; !this.#isEnding; turn += 1) await this.once(kinds[turn % kinds.length] ?? "low");
      }),
    );
  }

  /** Ends when every call that was sent has ended. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
    this.#agent.destroy();
  }

  /** Sends one call. */
  async once(kind: Kind): Promise<Ended> {
    const id = randomUUID();
    const begun = performance.now();
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const sent = { method: "POST", url: this.#endpoint + CALLS[kind].path, headers, body: JSON.stringify({ id }) };
    const answer = await exchange(this.#agent, sent).catch(() => null);
    if (answer === null) await wait(10);
    else if (!isKnown(answer)) this.foreign.push(`${kind}: ${answer.status} ${answer.text.slice(0, 200)}`);
    const isUnsent = /nothing was sent/.test(answer?.text ?? "");
    const ended = { id, kind, status: answer?.status ?? null, isUnsent, begun };
    this.ended.push(ended);
    return ended;
  }

  /** Those that have begun since a time. */
  since(time: number): Ended[] {
    return this.ended.filter(({ begun }) => begun >= time);
  }

  /** Resolves when so many more calls have ended. */
  async more(count: number): Promise<void> {
    const wanted = this.ended.length + count;
    await this.until(() => this.ended.length >= wanted);
  }

  async until(isDone: () => boolean | Promise<boolean>): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (!(await isDone())) {
      if (performance.now() > end)
        throw new Error(`this did not come about within ${PATIENCE_MS / 1_000} s: ${isDone}`);
      await wait(10);
    }
  }

  /** Answers how long it takes from now to a call that succeeds. */
  async recovers(): Promise<number> {
    const start = performance.now();
    await this.until(() => this.since(start).some(({ kind, status }) => kind === "low" && status === 200));
    return performance.now() - start;
  }

  /** What was wrong with calls, whatever was broken meanwhile. */
  wrong() {
    const twice = [...this.arrived].filter(([, times]) => times.length > 1).map(([id]) => id);
    const letThrough = this.ended.filter(
      ({ id, kind, status }) => kind === "never" && (this.arrived.has(id) || status === 200),
    );
    const lies = this.ended.filter(({ id, status, isUnsent }) => {
      const hasArrived = this.arrived.has(id);
      return (isUnsent && hasArrived) || (status === 200 && !hasArrived);
    });
    const line = ({ id, kind, status }: Ended) => `${kind} ${id} with ${status}`;
    return { twice, letThrough: letThrough.map(line), lies: lies.map(line) };
  }
}

/** A refusal of the gateway, or an answer of the External API. */
function isKnown({ status, headers, text }: Received): boolean {
  const type = headers["content-type"] ?? "";
  if (headers["x-xtremepush-evidence"] !== undefined && !type.startsWith("application/problem")) return true;
  return type.startsWith("application/problem+json") && JSON.parse(text).status === status;
}
