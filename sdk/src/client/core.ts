import pLimit, { type LimitFunction } from "p-limit";
import { z } from "zod";
import { Revision } from "../schemas/fields";
import { visible } from "../text";
import { type Clock, SYSTEM_CLOCK } from "./clock";
import { type Endpoint, parseEndpoint } from "./endpoint";
import { AbortedError, type AccessError, AuthenticationError } from "./errors";
import { describeMismatch, failedAnswer, missingAnswer, parseJson, type Subject, unexpectedAnswer } from "./failure";
import { Gate } from "./gate";
import { type Authorization, type Call, parseInput, type WriteListener } from "./request";
import { hasDoneNothing, retryDelay } from "./retry";
import { type Answer, Transport } from "./transport";
import { VERSION } from "./version";

// The maximum delay of a Node.js timer.
const Milliseconds = z.number().int().min(1).max(2_147_483_647);

const Options = z.object({ timeoutMs: Milliseconds.optional(), ifMatch: Revision.optional() });

const Settings = z.strictObject({
  endpoint: z.string(),
  token: z
    .custom<string | (() => Promise<string>)>(
      (value) => typeof value === "function" || (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)),
      "must be one word of printable ASCII",
    )
    .optional(),
  timeoutMs: Milliseconds.default(30_000),
  maxParallel: z.number().int().min(1).default(8),
  maxRetries: z.number().int().min(0).max(20).default(4),
  userAgent: z
    .string()
    .regex(/^[\x20-\x7e]+$/, "must be printable ASCII")
    .optional(),
  onTokenEnd: z.custom<(end: Date) => void>((value) => typeof value === "function", "must be a function").optional(),
});
export type Settings = z.input<typeof Settings>;

type ReadAnswer<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** The one path of all calls of a client: it holds the address, token, queue, retries and errors. */
export class Core {
  readonly #endpoint: Endpoint;
  readonly #token: string | (() => Promise<string>) | undefined;
  readonly #timeoutMs: number;
  readonly #maxRetries: number;
  readonly #userAgent: string;
  readonly #turn: LimitFunction;
  readonly #transport: Transport;
  readonly #gate: Gate;
  readonly #clock: Clock;
  readonly #writeListeners: WriteListener[] = [];
  readonly #onTokenEnd: ((end: Date) => void) | undefined;

  constructor(input: Settings, clock: Clock = SYSTEM_CLOCK) {
    const settings = parseInput("new AccessClient", Settings, input);
    this.#endpoint = parseEndpoint(settings.endpoint);
    this.#token = settings.token;
    this.#timeoutMs = settings.timeoutMs;
    this.#maxRetries = settings.maxRetries;
    this.#userAgent = [settings.userAgent, `xtremepush-access/${VERSION}`]
      .filter((part) => part !== undefined)
      .join(" ");
    this.#turn = pLimit(settings.maxParallel);
    this.#transport = new Transport(this.#endpoint);
    this.#gate = new Gate(clock);
    this.#clock = clock;
    // What a function gives ends soon, and is renewed.
    this.#onTokenEnd = typeof settings.token === "string" ? settings.onTokenEnd : undefined;
  }

  onWrite(listener: WriteListener): void {
    this.#writeListeners.push(listener);
  }

  /** Sends a call and reads its answer; a call keeps its place in the queue during all its attempts. */
  async call<Schema extends z.ZodType | null>(call: Call<Schema>): Promise<ReadAnswer<Schema>> {
    // A token that is known is not waited for: listeners hear of a call before it returns.
    const token = typeof this.#token === "function" ? await this.#tokenFor(call, this.#token) : this.#token;
    const prepared = this.#prepare(call, token);
    const ends: (() => void)[] = [];
    try {
      if (call.method !== "GET") for (const begin of this.#writeListeners) ends.push(begin());
      // The schema parsed the value; without a schema there is no body.
      return (await this.#answer(prepared)) as ReadAnswer<Schema>;
    } finally {
      for (const end of ends) runListener(end);
    }
  }

  #answer(prepared: Prepared): Promise<unknown> {
    const { signal, subject } = prepared;
    const answer = this.#turn(() => this.#attempts(prepared));
    return signal === undefined ? answer : untilAborted(answer, signal, subject);
  }

  async #attempts(prepared: Prepared): Promise<unknown> {
    const { signal } = prepared;
    let answerLost = false;
    for (let number = 0; ; number++) {
      await this.#gate.pass(signal);
      const subject = { ...prepared.subject, attempts: number + 1, answerLost };
      const outcome = await this.#attempt({ ...prepared, subject });
      if (!("error" in outcome)) return outcome.value;
      const attempt = {
        number,
        maxRetries: this.#maxRetries,
        repeatable: prepared.repeatable,
        garbled: outcome.garbled,
      };
      const delay = retryDelay(outcome.error, attempt, this.#clock);
      if (delay === undefined) throw outcome.error;
      answerLost ||= !hasDoneNothing(outcome.error);
      if (outcome.error.status === 429) this.#gate.close(delay);
      else await this.#clock.sleep(delay, signal);
    }
  }

  async #attempt({ url, headers, body, subject, signal, answer: schema, secrets }: Prepared): Promise<Outcome> {
    const { method, timeoutMs } = subject;
    const answer = await this.#transport.send({ method, url, headers, body, timeoutMs, signal });
    if ("cause" in answer) return { error: missingAnswer(subject, answer), garbled: false };
    this.#tellTokenEnd(answer.tokenEnd);
    if (answer.status >= 200 && answer.status < 300) return readAnswer(subject, answer, schema);
    const scrubbed = { ...answer, text: scrub(answer.text, secrets) };
    return { error: failedAnswer(subject, scrubbed, this.#clock.now()), garbled: false };
  }

  #tellTokenEnd(text: string | undefined): void {
    const listener = this.#onTokenEnd;
    const end = new Date(text ?? Number.NaN);
    if (listener !== undefined && !Number.isNaN(end.getTime())) runListener(() => listener(end));
  }

  async #tokenFor(
    { authorization }: Call<z.ZodType | null>,
    source: () => Promise<string>,
  ): Promise<string | undefined> {
    return authorization === undefined || authorization.kind === "token" ? source() : undefined;
  }

  #prepare(call: Call<z.ZodType | null>, token: string | undefined): Prepared {
    const path = `/${call.path.map(encodeURIComponent).join("/")}`;
    const address = this.#endpoint.base + path;
    const { timeoutMs = this.#timeoutMs, ifMatch } = parseInput(`${call.method} ${path}`, Options, call.options ?? {});
    const authorization = authorizationOf(call.authorization ?? { kind: "token" }, token, `${call.method} ${path}`);
    const body = bodyOf(call);
    return {
      url: address + queryOf(call.query ?? {}),
      headers: {
        Accept: "application/json",
        "User-Agent": this.#userAgent,
        ...(body && { "Content-Type": body.type }),
        ...(ifMatch !== undefined && { "If-Match": `"${ifMatch}"` }),
        ...(authorization !== undefined && { Authorization: authorization }),
      },
      body: body?.text,
      subject: { method: call.method, path, address, attempts: 1, answerLost: false, timeoutMs, ifMatch },
      signal: call.options?.signal,
      answer: call.answer,
      repeatable: call.repeatable,
      secrets: [token, ...secretsOf(call)].filter((secret) => secret !== undefined),
    };
  }
}

function authorizationOf(authorization: Authorization, token: string | undefined, subject: string): string | undefined {
  if (authorization.kind === "none") return undefined;
  if (authorization.kind === "basic") return encodeBasic(authorization.user, authorization.password);
  if (token !== undefined) return `Bearer ${token}`;
  const detail = "this AccessClient has no token; pass one";
  throw new AuthenticationError(`${subject} was not sent: ${detail}`, { code: "unauthenticated", detail });
}

interface Prepared {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly subject: Subject;
  readonly signal: AbortSignal | undefined;
  readonly answer: z.ZodType | null;
  readonly repeatable: boolean;
  readonly secrets: readonly string[];
}

type Outcome = { readonly value: unknown } | { readonly error: AccessError; readonly garbled: boolean };

/** An error of a listener must not replace the answer, which may hold a secret that is shown once. */
function runListener(end: () => void): void {
  try {
    end();
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}

function readAnswer(subject: Subject, { status, contentType, text }: Answer, schema: z.ZodType | null): Outcome {
  if (schema === null && text === "") return { value: undefined };
  const value = parseJson(text);
  if (schema === null || value === undefined) {
    const what = `${status} with ${text.length} characters of ${visible(contentType, 100)} that are not JSON; check the endpoint`;
    return { error: unexpectedAnswer(subject, status, what), garbled: true };
  }
  const read = schema.safeParse(value);
  if (read.success) return { value: read.data };
  return { error: unexpectedAnswer(subject, status, describeMismatch(read.error)), garbled: false };
}

/** Rejects as soon as the caller aborts, even while the call waits in the queue. */
function untilAborted<Value>(value: Promise<Value>, signal: AbortSignal, { method, path }: Subject): Promise<Value> {
  return new Promise((resolve, reject) => {
    const detail = "the caller's signal ended the call";
    const abort = () =>
      reject(new AbortedError(`${method} ${path} ended: ${detail}`, { code: "aborted", detail, method, path }));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(key, String(value));
  }
  return parameters.size === 0 ? "" : `?${parameters}`;
}

function bodyOf({ json, form }: Call<z.ZodType | null>): { readonly type: string; readonly text: string } | undefined {
  if (json !== undefined) return { type: "application/json", text: JSON.stringify(json) };
  if (form === undefined) return undefined;
  return { type: "application/x-www-form-urlencoded", text: new URLSearchParams({ ...form }).toString() };
}

/** RFC 6749, section 2.3.1: both parts are form-encoded before they are joined. */
function encodeBasic(user: string, password: string): string {
  const encoded = [user, password]
    .map((part) => new URLSearchParams({ part }).toString().slice("part=".length))
    .join(":");
  return `Basic ${Buffer.from(encoded).toString("base64")}`;
}

/** The secrets that an error must not contain, even when an answer echoes them. */
function secretsOf({ authorization, form }: Call<z.ZodType | null>): (string | undefined)[] {
  const proofs = [form?.["token"], form?.["assertion"], form?.["client_assertion"], form?.["subject_token"]];
  return [authorization?.kind === "basic" ? authorization.password : undefined, ...proofs];
}

function scrub(text: string, secrets: readonly string[]): string {
  return secrets.filter((secret) => secret !== "").reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);
}
