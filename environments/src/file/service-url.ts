/** What `isServiceUrl` asks for. */
export const SERVICE_URL_RULE =
  "a URL starts with https:, or with http: for this machine, and has no user, password, query or fragment";

/** Whether a token may be sent there: over TLS, or to this machine. */
export function isServiceUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

/** The URL parser has already turned `127.1`, `0x7f.1` and `[0:0::1]` into these forms. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
