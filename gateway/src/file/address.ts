import { z } from "zod";

/**
 * An address that a credential is sent to: `https:`, or `http:` to this machine. Messages never repeat it, because it may
 * contain a password.
 */
export const Address = z.string().superRefine((text, context) => {
  const problem = problemOf(text);
  if (problem !== null) context.addIssue({ code: "custom", message: problem });
});

function problemOf(text: string): string | null {
  if (!URL.canParse(text)) return "must be an absolute URL, such as https://external-api.xtremepush.com";
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must start with https:";
  if (url.username !== "" || url.password !== "") return "must not contain credentials";
  if (url.search !== "" || url.hash !== "") return "must not contain a query or a fragment";
  if (url.protocol === "http:" && !isLoopback(url.hostname)) return "must be https:; http: is only for this machine";
  return null;
}

/** Whether a host is this machine; a URL's parser has already turned `127.1` and `[0:0::1]` into these forms. */
export function isLoopback(hostname: string): boolean {
  return ["localhost", "[::1]", "::1"].includes(hostname) || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** An address without the slash at its end. */
export function withoutSlash(address: string): string {
  return address.replace(/\/+$/, "");
}
