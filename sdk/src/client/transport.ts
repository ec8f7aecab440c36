import http from "node:http";
import https from "node:https";
import axios, { type AxiosError, type AxiosInstance } from "axios";
import type { PlainCause } from "./errors";

/** The maximum size of an answer, in bytes; a full page of clients with their grants is less than a tenth of it. */
const ANSWER_MAX_BYTES = 64 * 1024 * 1024;

export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly requestId: string | undefined;
  /** When the token of the request ends, as the backend says. */
  readonly tokenEnd?: string | undefined;
  readonly text: string;
}

/** The result without a complete answer: the cause, without anything that contains headers. */
export interface NoAnswer {
  readonly cause: PlainCause;
  readonly timedOut: boolean;
  readonly tooLong: boolean;
}

/** Sends one HTTP request and reads the complete answer. It never logs and never follows a redirect. */
export class Transport {
  readonly #axios: AxiosInstance;

  /** A proxy of the environment is never used for an endpoint on this machine. */
  constructor({ loopback }: { readonly loopback: boolean }) {
    this.#axios = axios.create({
      adapter: "http",
      httpAgent: new http.Agent({ keepAlive: true }),
      httpsAgent: new https.Agent({ keepAlive: true }),
      maxRedirects: 0,
      maxContentLength: ANSWER_MAX_BYTES,
      ...(loopback && { proxy: false as const }),
      responseType: "text",
      validateStatus: () => true,
      // axios must not change a body: the caller encodes the request and parses the answer.
      transformRequest: (body: unknown) => body,
      transformResponse: (text: unknown) => text,
    });
  }

  async send({ method, url, headers, body, timeoutMs, signal }: Exchange): Promise<Answer | NoAnswer> {
    // axios's own timeout restarts with every byte that arrives.
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    try {
      const answer = await this.#axios.request<unknown>({
        method,
        url,
        headers: { ...headers },
        data: body,
        signal: either,
      });
      return {
        status: answer.status,
        contentType: String(answer.headers["content-type"] ?? "no content type").split(";", 1)[0] ?? "",
        retryAfter: textOrUndefined(answer.headers["retry-after"]),
        requestId: textOrUndefined(answer.headers["x-request-id"]),
        tokenEnd: textOrUndefined(answer.headers["xtremepush-token-expires"]),
        text: textOrUndefined(answer.data) ?? "",
      };
    } catch (error) {
      if (!axios.isAxiosError(error)) throw error;
      return noAnswer(error, timeout.aborted);
    }
  }
}

function noAnswer(error: AxiosError, timedOut: boolean): NoAnswer {
  const { name, code, message } = error;
  return { cause: { name, code, message }, timedOut, tooLong: message.startsWith("maxContentLength") };
}

function textOrUndefined(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
