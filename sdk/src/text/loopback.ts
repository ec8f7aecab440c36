/**
 * Whether the host name of a parsed URL is this machine. The URL parser has already turned `127.1`, `0x7f.1` and `[0:0::1]`
 * into these forms.
 */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
