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
  readonly kind: "unreachable" | "timeout" | "cut" | "encoded" | "abandoned";
  readonly sent: boolean;

  constructor(kind: UpstreamFailure["kind"], sent: boolean) {
    super(`the upstream call failed: ${kind}`);
    this.kind = kind;
    this.sent = sent;
  }
}

type Controller = Dispatcher.DispatchController;

/** One call: hands its answer on as soon as its head is there, or at once when it is short. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly answer: Promise<UpstreamAnswer>;
  readonly #hidden: HiddenSecrets;
  readonly #begin: () => boolean;
  readonly #settle: { resolve(answer: UpstreamAnswer): void; reject(failure: UpstreamFailure): void };
  #controller: Controller | null = null;
  #isAbandoned = false;
  #isEncoded = false;
  #head: Pick<UpstreamAnswer, "status" | "headers"> | null = null;
  #stream: Readable | null = null;
  #chunks: Buffer[] = [];

  /** @param begin Called before the first byte is sent; with false, none is. */
  constructor(hidden: HiddenSecrets, begin: () => boolean) {
    this.#hidden = hidden;
    this.#begin = begin;
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
    this.answer = promise;
    this.#settle = { resolve, reject };
  }

  /** Whether any byte of the call may have been sent. */
  get isSent(): boolean {
    return this.#controller !== null && !this.#isAbandoned;
  }

  /** Ends a call that nobody waits for; one that has not begun is never sent. */
  abandon(): void {
    const wasSent = this.isSent;
    this.#isAbandoned = true;
    this.#controller?.abort(new Error("abandoned"));
    this.#settle.reject(new UpstreamFailure("abandoned", wasSent));
  }

  onRequestStart(controller: Controller): void {
    if (!this.#isAbandoned && !this.#begin()) this.abandon();
    this.#controller = controller;
    if (this.#isAbandoned) controller.abort(new Error("abandoned"));
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
    if (!/^(?:identity)?$/i.test(String(headers["content-encoding"] ?? "").trim())) {
      this.#isEncoded = true;
      controller.abort(new Error("encoded"));
      return;
    }
    this.#head = { status, headers: answerHeaders(headers, (text) => this.#hidden.isIn(text)) };
    const length = headers["content-length"];
    if (typeof length === "string" && Number(length) <= WHOLE_MAX) return;
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
    const rest = this.#hidden.end();
    if (this.#stream !== null) {
      if (rest.length > 0) this.#stream.push(rest);
      this.#stream.push(null);
    } else if (this.#head !== null) {
      this.#settle.resolve({ ...this.#head, body: Buffer.concat([...this.#chunks, rest]) });
    }
  }

  onResponseError(_controller: Controller, error: Error): void {
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
