import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { answerHeaders } from "./headers";
import type { HiddenSecrets } from "./hidden-secrets";

/** An answer up to this size, in bytes, is read before any of it is sent on, so that one that was cut is never sent. */
const WHOLE_MAX = 65_536;
/** The last status of HTTP: RFC 9110, section 15. */
const STATUS_MAX = 599;

/** What the External API answered. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer | Readable;
}

/** How a call failed. `sent` says whether the External API may have got it. */
export class UpstreamFailure extends Error {
  override readonly name = "UpstreamFailure";
  readonly kind: "unreachable" | "waited" | "timeout" | "cut" | "encoded" | "abandoned";
  readonly sent: boolean;

  constructor(kind: UpstreamFailure["kind"], sent: boolean) {
    super(`the upstream call failed: ${kind}`);
    this.kind = kind;
    this.sent = sent;
  }
}

type Controller = Dispatcher.DispatchController;

export interface ExchangeOptions {
  readonly hidden: HiddenSecrets;
  /** How long a call may wait for a connection, its answer may take to begin, and a short one to be whole, in milliseconds. */
  readonly patience: number;
  /** Called before the first byte is sent; with false, none is. */
  readonly begin: () => boolean;
  /** Called when the pool has nothing more of the call. */
  readonly onLeft: () => void;
}

/** One call: hands its answer on as soon as its head is there, or at once when it is short. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<UpstreamAnswer>;
  readonly #hidden: HiddenSecrets;
  readonly #begin: () => boolean;
  readonly #onLeft: () => void;
  // A limit of its own: undici's begins again with each 1xx, and does not run while a call waits for a connection.
  readonly #timer: NodeJS.Timeout;
  readonly #settle: { resolve(answer: UpstreamAnswer): void; reject(failure: UpstreamFailure): void };
  #controller: Controller | null = null;
  #isAbandoned = false;
  #isEncoded = false;
  #head: Pick<UpstreamAnswer, "status" | "headers"> | null = null;
  #stream: Readable | null = null;
  #chunks: Buffer[] = [];

  constructor({ hidden, patience, begin, onLeft }: ExchangeOptions) {
    this.#hidden = hidden;
    this.#begin = begin;
    this.#onLeft = onLeft;
    this.#timer = setTimeout(() => this.#end(this.isSent ? "timeout" : "waited"), patience);
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
    this.answer = promise;
    this.#settle = {
      resolve: (answer) => {
        clearTimeout(this.#timer);
        resolve(answer);
      },
      reject: (failure) => {
        clearTimeout(this.#timer);
        reject(failure);
      },
    };
  }

  /** Whether any byte of the call may have been sent. */
  get isSent(): boolean {
    return this.#controller !== null && !this.#isAbandoned;
  }

  /** Ends a call that nobody waits for; one that has not begun is never sent. */
  abandon(): void {
    this.#end("abandoned");
  }

  #end(kind: UpstreamFailure["kind"]): void {
    const wasSent = this.isSent;
    this.#isAbandoned = true;
    this.#settle.reject(new UpstreamFailure(kind, wasSent));
    this.#controller?.abort(new Error(kind));
  }

  onRequestStart(controller: Controller): void {
    if (!this.#isAbandoned && !this.#begin()) this.abandon();
    this.#controller = controller;
    if (this.#isAbandoned) controller.abort(new Error("abandoned"));
    else this.#timer.refresh();
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // The caller's connection is not the one that an early answer is about.
    if (status < 200) return;
    if (status > STATUS_MAX) {
      controller.abort(new Error("not a status of HTTP"));
      return;
    }
    if (isEncoded(headers)) {
      this.#isEncoded = true;
      controller.abort(new Error("encoded"));
      return;
    }
    this.#head = { status, headers: answerHeaders(headers, (text) => this.#hidden.isIn(text)) };
    const length = headers["content-length"];
    if (typeof length === "string" && Number(length) <= WHOLE_MAX) {
      this.#timer.refresh();
      return;
    }
    this.#stream = new Readable({
      read: () => controller.resume(),
      destroy: (error, done) => {
        controller.abort(error ?? new Error("the caller has gone"));
        done(error);
      },
    });
    this.#settle.resolve({ ...this.#head, body: this.#stream });
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    const bytes = this.#hidden.push(chunk);
    if (this.#stream === null) this.#chunks.push(bytes);
    else if (bytes.length > 0 && !this.#stream.push(bytes)) controller.pause();
  }

  onResponseEnd(): void {
    this.#onLeft();
    const rest = this.#hidden.end();
    if (this.#stream !== null) {
      if (rest.length > 0) this.#stream.push(rest);
      this.#stream.push(null);
    } else if (this.#head !== null) {
      this.#settle.resolve({ ...this.#head, body: Buffer.concat([...this.#chunks, rest]) });
    }
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#onLeft();
    const failure = new UpstreamFailure(this.#kindOf(error), this.isSent);
    if (this.#stream === null) this.#settle.reject(failure);
    else this.#stream.destroy(failure);
  }

  #kindOf(error: Error): UpstreamFailure["kind"] {
    if (this.#isEncoded) return "encoded";
    if (!this.isSent) return "unreachable";
    const code = "code" in error ? error.code : undefined;
    return code === "UND_ERR_HEADERS_TIMEOUT" || code === "UND_ERR_BODY_TIMEOUT" ? "timeout" : "cut";
  }
}

/** Whether an answer is written in a way in which a secret cannot be found: also by the coding of its transfer, which undici leaves as it is. */
function isEncoded({ "content-encoding": coding, "transfer-encoding": transfer }: Record<string, unknown>): boolean {
  return (
    !/^(?:identity)?$/i.test(String(coding ?? "").trim()) || !/^(?:chunked)?$/i.test(String(transfer ?? "").trim())
  );
}
