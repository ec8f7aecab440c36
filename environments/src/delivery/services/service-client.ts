import axios from "axios";
import { word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../../environment-failure";
import { isLoopback } from "../../file/service-url";
import { VERSION } from "../../version";
import type { Clock } from "./clock";
import { retryDelay } from "./retry";
import { answerOf, limitOf, type ServiceAnswer } from "./service-answer";

const TIMEOUT_SECONDS = 30;
const ANSWER_MAX_BYTES = 10 * 1024 * 1024;

interface Service {
  /** `GitHub`, for people. */
  readonly name: string;
  readonly url: string;
  /** With the token. */
  readonly headers: Readonly<Record<string, string>>;
  /** What a refusal means, by its status: `401: the token in GITHUB_TOKEN is not valid`. */
  readonly refusals: Readonly<Record<number, string>>;
}

interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** The segments of the path, not encoded yet. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The statuses beside 2xx that the caller understands. */
  readonly accepts?: readonly number[];
}

/**
 * Calls the API of a service. Each call must be safe to repeat: it is sent again after a lost answer. A redirect is not
 * followed, and a proxy of the environment (HTTPS_PROXY, NO_PROXY) is used, but not for this machine. No error has a part of a
 * request or of an answer in it: both may hold the token or the credential.
 */
export class ServiceClient {
  readonly #service: Service;
  readonly #clock: Clock;

  constructor(service: Service, clock: Clock) {
    this.#service = service;
    this.#clock = clock;
  }

  /** @throws EnvironmentFailure that says what to do. */
  async send(call: Call): Promise<ServiceAnswer> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#exchange(call);
      const delayMs = retryDelay(answer, { attempt, now: this.#clock.now() });
      if (delayMs === null) return this.#understood(call, answer);
      await this.#clock.sleep(delayMs);
    }
  }

  /** The answer, or the code of the network's error. */
  async #exchange({ method, path, query = {}, body }: Call): Promise<ServiceAnswer | string> {
    const { url, headers } = this.#service;
    const target = `${url.replace(/\/+$/, "")}/${path.map(encodeURIComponent).join("/")}`;
    const search = new URLSearchParams(query).toString();
    const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1_000);
    try {
      const answer = await axios.request<unknown>({
        adapter: "http",
        method,
        url: search === "" ? target : `${target}?${search}`,
        headers: {
          accept: "application/json",
          "user-agent": `xtremepush-access-env/${VERSION}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        data: body === undefined ? undefined : JSON.stringify(body),
        signal,
        maxRedirects: 0,
        maxContentLength: ANSWER_MAX_BYTES,
        ...(isLoopback(new URL(url)) && { proxy: false as const }),
        responseType: "text",
        validateStatus: () => true,
        // axios must not change a body: it is written and read here.
        transformRequest: (text: unknown) => text,
        transformResponse: (text: unknown) => text,
      });
      return answerOf(answer);
    } catch (error) {
      // The error holds the request with the token and the credential, so nothing but its code goes on.
      if (!axios.isAxiosError(error)) throw error;
      return signal.aborted ? "timeout" : (error.code ?? "unknown error");
    }
  }

  #understood({ accepts = [] }: Call, answer: ServiceAnswer | string): ServiceAnswer {
    if (typeof answer === "string") throw this.#failure(describeNoAnswer(answer));
    const { status } = answer;
    if (status >= 200 && status < 300 && answer.body !== undefined) return answer;
    const limit = limitOf(answer, this.#clock.now());
    if (limit !== null) {
      throw this.#failure(`it limits how often it is called; run it again ${limit > 0 ? `in ${limit} s` : "later"}`);
    }
    if (accepts.includes(status) && answer.body !== undefined) return answer;
    throw this.#failure(this.#describeRefusal(answer));
  }

  #describeRefusal({ status, body }: ServiceAnswer): string {
    const { name, refusals } = this.#service;
    if (status >= 500) return `it failed (${status}); run it again later`;
    if (status >= 300 && status < 400) {
      return `it answered with a redirect (${status}), which is not followed; set \`url\` to where it leads`;
    }
    if (body === undefined) return `the answer is not JSON, so it is not from ${name}; check \`url\` and the proxy`;
    return refusals[status] ?? `it refused the request (${status}); check the settings of the delivery`;
  }

  #failure(what: string): EnvironmentFailure {
    const { name, url } = this.#service;
    return new EnvironmentFailure(`${name} at ${word(url)}: ${what}`);
  }
}

function describeNoAnswer(code: string): string {
  if (code === "timeout") return `no answer within ${TIMEOUT_SECONDS} s; run it again`;
  // Codes of OpenSSL and of Node.js's own check of the name.
  if (/CERT|SIGNATURE|ISSUER|SSL|TLS|EPROTO/.test(code)) {
    return `its certificate cannot be trusted (${code}); check \`url\`, or name the CA in NODE_EXTRA_CA_CERTS`;
  }
  return `it cannot be reached (${code}); check \`url\`, the network and the proxy`;
}
