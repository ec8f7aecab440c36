/** A request at the limits of its route. */
export interface WorstRequest {
  readonly title: string;
  /** The status of its answer; none for a request that is refused in whatever way. */
  readonly status?: number;
  /** Makes the bytes of the request, each time anew: a write is not the same twice. */
  readonly make: () => Buffer | Promise<Buffer>;
}

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body?: string | Buffer;
}

/** The bytes of a request as in `GET /healthz`, after which the backend closes the connection. */
export function rawRequest(call: string, { headers = {}, type, body = "" }: Sent = {}): Buffer {
  const all = {
    host: "test",
    connection: "close",
    ...(type !== undefined && { "content-type": type }),
    ...(body.length > 0 && { "content-length": String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${call} HTTP/1.1\r\n${lines.join("")}\r\n`), Buffer.from(body)]);
}
