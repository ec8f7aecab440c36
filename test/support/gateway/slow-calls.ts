import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect } from "node:tls";

export type Protocol = "HTTP/1.1" | "HTTP/2";

export interface SlowCallOptions {
  readonly port: number;
  /** Of the server, in its certificate. */
  readonly name: string;
  readonly path: string;
  readonly token: string;
  /** How long the whole body will be, in bytes; null does not tell the server. */
  readonly length: number | null;
}

/** A call over TLS whose head is sent, and whose body comes bit by bit. */
export interface SlowCall {
  send(text: string): void;
  /** Sends the rest of the body. */
  finish(text: string): void;
  /** Resolves when the server has ended the call, with the status of its answer; null without one. */
  readonly ended: Promise<number | null>;
}

/** Begins a call. @throws Error when the server does not take the protocol */
export function beginSlowCall(protocol: Protocol, options: SlowCallOptions): Promise<SlowCall> {
  return protocol === "HTTP/2" ? beginOverHttp2(options) : beginOverHttp1(options);
}

/** The protocol that a server chooses when it is offered both. */
export async function chosenProtocol({ port, name }: Pick<SlowCallOptions, "port" | "name">): Promise<Protocol> {
  const socket = connect({ ...place(port, name), ALPNProtocols: ["h2", "http/1.1"] });
  await once(socket, "secureConnect");
  const { alpnProtocol } = socket;
  socket.destroy();
  return alpnProtocol === "h2" ? "HTTP/2" : "HTTP/1.1";
}

async function beginOverHttp1({ port, name, path, token, length }: SlowCallOptions): Promise<SlowCall> {
  const socket = connect({ ...place(port, name), ALPNProtocols: ["http/1.1"] });
  socket.setEncoding("latin1");
  let answer = "";
  socket.on("data", (text) => {
    answer += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    const end = () => resolve(Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0) || null);
    socket.once("end", end).once("close", end);
  });
  socket.on("error", () => socket.destroy());
  await once(socket, "secureConnect");
  const head = [
    `POST ${path} HTTP/1.1`,
    ...[`Host: ${name}`, "Connection: close", "Content-Type: application/json"],
    length === null ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`,
    `Authorization: Bearer ${token}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  const framed = (text: string) => (length === null ? `${text.length.toString(16)}\r\n${text}\r\n` : text);
  return {
    send: (text) => void socket.write(framed(text)),
    finish: (text) => void socket.write(framed(text) + (length === null ? "0\r\n\r\n" : "")),
    ended,
  };
}

/** Sends calls over HTTP/2, all at once, and answers their statuses; null for one without an answer. */
export async function sendAtOnce({
  connections,
  calls,
  path,
  ...at
}: Pick<SlowCallOptions, "port" | "name" | "path"> & {
  readonly connections: number;
  /** On each connection. */
  readonly calls: number;
}): Promise<(number | null)[]> {
  const sessions = await Promise.all(Array.from({ length: connections }, () => openSession(at)));
  const send = (session: ClientHttp2Session) => {
    const stream = session.request({ ":method": "POST", ":path": path, "content-type": "application/json" });
    stream.end("{}");
    return statusOf(stream);
  };
  const statuses = await Promise.all(sessions.flatMap((session) => Array.from({ length: calls }, () => send(session))));
  for (const session of sessions) session.destroy();
  return statuses;
}

async function openSession({ port, name }: Pick<SlowCallOptions, "port" | "name">): Promise<ClientHttp2Session> {
  const session = connectHttp2(`https://${name}:${port}`, {
    createConnection: () => connect({ ...place(port, name), ALPNProtocols: ["h2"] }),
  });
  await once(session, "connect");
  return session;
}

/** The status of an answer when its stream is over. */
function statusOf(stream: ClientHttp2Stream): Promise<number | null> {
  let status: number | null = null;
  stream.on("response", (headers) => {
    status = headers[":status"] ?? null;
  });
  stream.on("error", () => stream.destroy());
  stream.resume();
  return new Promise((resolve) => {
    stream.once("close", () => resolve(status));
  });
}

async function beginOverHttp2({ path, token, length, ...at }: SlowCallOptions): Promise<SlowCall> {
  const session = await openSession(at);
  const stream = session.request(
    {
      ...{ ":method": "POST", ":path": path, "content-type": "application/json" },
      ...(length !== null && { "content-length": String(length) }),
      authorization: `Bearer ${token}`,
    },
    { endStream: false },
  );
  const ended = statusOf(stream).finally(() => session.destroy());
  return { send: (text) => void stream.write(text), finish: (text) => void stream.end(text), ended };
}

function place(port: number, name: string) {
  // Half open, so that the rest of a body can be sent after the server's end.
  return { host: "127.0.0.1", port, servername: name, rejectUnauthorized: false, allowHalfOpen: true };
}
