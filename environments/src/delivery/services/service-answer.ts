import type { AxiosResponse } from "axios";
import type { z } from "zod";
import { EnvironmentFailure } from "../../environment-failure";

/** An answer of a service. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Null when there is none, undefined when it is not JSON. */
  readonly body: unknown;
}

/** What a service has answered. */
export function answerOf({ status, headers, data }: AxiosResponse<unknown>): ServiceAnswer {
  const text = typeof data === "string" ? data : "";
  return { status, headers: { ...headers }, body: text === "" ? null : parsed(text) };
}

/** Reads the body of an answer. @throws EnvironmentFailure when it is not what the service answers. */
export function readAnswer<Schema extends z.ZodType>(schema: Schema, body: unknown, service: string): z.output<Schema> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  throw new EnvironmentFailure(`the answer is not one that ${service} gives; check the address of ${service}`);
}

/**
 * How long a service that limits its callers asks to wait, in seconds, 0 when it does not say; null when the answer is no limit.
 * GitHub answers 403 as well: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
export function limitOf({ status, headers }: ServiceAnswer, now: number): number | null {
  const asked = secondsToWait({ headers }, now);
  const isUsedUp = headers["x-ratelimit-remaining"] === "0";
  if (status !== 429 && !(status === 403 && (asked !== null || isUsedUp))) return null;
  if (asked !== null) return asked;
  const reset = Number(headers["x-ratelimit-reset"] ?? headers["ratelimit-reset"]);
  return reset > 0 ? Math.max(0, Math.ceil(reset - now / 1_000)) : 0;
}

/** Reads Retry-After, in whole seconds or as a date; null when it is neither. Source: RFC 9110, section 10.2.3. */
export function secondsToWait({ headers }: Pick<ServiceAnswer, "headers">, now: number): number | null {
  const header = headers["retry-after"];
  const text = typeof header === "string" ? header.trim() : "";
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  // Date.parse accepts almost anything; toUTCString writes the format that servers must send.
  if (Number.isNaN(date) || new Date(date).toUTCString() !== text) return null;
  return Math.max(0, Math.ceil((date - now) / 1_000));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
