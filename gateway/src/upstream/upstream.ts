import type { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { Pool } from "undici";
import type { Limits } from "../file/gateway-file";
import type { Credential } from "./credential";
import { Exchange, type UpstreamAnswer, UpstreamFailure } from "./exchange";
import { HiddenSecrets } from "./hidden-secrets";

/** The pauses before a call is sent that could not be sent. */
const PAUSES_MS = [50, 250] as const;

/** What somebody waits for, as a response of Node.js (an AbortSignal for each call is much slower). */
export type Waiting = EventEmitter & { readonly destroyed: boolean };

/** A call as it is sent on. */
export interface UpstreamCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The caller's bytes. */
  readonly body: Buffer;
  /** Where the first brace of the body is, and whether it has members. */
  readonly object: { readonly open: number; readonly isEmpty: boolean };
  /** What the caller waits for: closed before its answer has come, nobody does. */
  readonly response: Waiting;
  /** Called before the first byte is sent, which can be long after the call: with false, none is. */
  readonly begin: () => boolean;
}

/** Makes the pool of connections to an upstream; its idle ones are closed before the upstream closes them. */
export function poolOf(origin: string, limits: Limits): Pool {
  return new Pool(origin, {
    connections: limits.connections,
    pipelining: 1,
    connect: { timeout: limits.connect },
    headersTimeout: limits.answer,
    bodyTimeout: limits.answer,
    keepAliveTimeout: limits.keepAlive,
    keepAliveMaxTimeout: limits.keepAlive,
  });
}

/** The External API of one project, and the credential for it. */
export class Upstream {
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #credential: Credential;
  readonly #limits: Pick<Limits, "waiting" | "answer">;
  #underWay = 0;
  /** Calls that the pool has, also those that nobody waits for any more. */
  #held = 0;

  constructor(
    { pool, prefix }: { readonly pool: Pool; readonly prefix: string },
    credential: Credential,
    limits: Pick<Limits, "waiting" | "answer">,
  ) {
    this.#pool = pool;
    this.#prefix = prefix;
    this.#credential = credential;
    this.#limits = limits;
  }

  /** Whether as many calls are under way as may be: until their answers are whole. */
  get isFull(): boolean {
    return Math.max(this.#underWay, this.#held) >= this.#limits.waiting;
  }

  /**
   * Sends a call. One that was never sent, because no connection was made, is tried again; any other is sent once.
   *
   * @throws UpstreamFailure, or CredentialFailure.
   */
  async send(call: UpstreamCall): Promise<UpstreamAnswer> {
    this.#underWay += 1;
    const end = () => {
      this.#underWay -= 1;
    };
    try {
      const headers = { ...call.headers, ...(await this.#credential.headers()) };
      const body = this.#bodyOf(call);
      const answer = await this.#attempt({ ...call, headers, body }, 0);
      if (answer.status === 401) this.#credential.refused();
      if (answer.body instanceof Readable) answer.body.once("close", end);
      else end();
      return answer;
    } catch (error) {
      end();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #attempt(call: UpstreamCall, attempt: number): Promise<UpstreamAnswer> {
    const { headers, body, response, begin } = call;
    const exchange = new Exchange({
      hidden: new HiddenSecrets(this.#credential.secrets()),
      patience: this.#limits.answer,
      begin,
      onLeft: () => {
        this.#held -= 1;
      },
    });
    const abandon = () => exchange.abandon();
    response.on("close", abandon);
    if (response.destroyed) abandon();
    else {
      this.#held += 1;
      this.#pool.dispatch({ method: "POST", path: this.#prefix + call.path, headers, body }, exchange);
    }
    try {
      return await exchange.answer;
    } catch (error) {
      const pause = PAUSES_MS[attempt];
      const isUnsent = error instanceof UpstreamFailure && error.kind === "unreachable" && !error.sent;
      if (!isUnsent || pause === undefined) throw error;
      await wait(pause);
      return this.#attempt(call, attempt + 1);
    } finally {
      response.off("close", abandon);
    }
  }

  /** The caller's bytes, with the credential before its first member. */
  #bodyOf({ body, object }: UpstreamCall): Buffer {
    const { members } = this.#credential;
    if (members === null) return body;
    const start = object.open + 1;
    const comma = object.isEmpty ? "" : ",";
    return Buffer.concat([body.subarray(0, start), members, Buffer.from(comma), body.subarray(start)]);
  }
}
