import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A connection to a gateway on which a test sends any bytes. */
export interface RawConnection {
  readonly socket: Socket;
  /** What has come back so far, a character for each byte. */
  received(): string;
  /** Whether the gateway has ended it. */
  isClosed(): boolean;
  send(bytes: string | Uint8Array): void;
}

export async function rawConnection(endpoint: string): Promise<RawConnection> {
  const { port } = new URL(endpoint);
  const socket = connect(Number(port), "127.0.0.1").setEncoding("latin1").setNoDelay();
  let received = "";
  let isClosed = false;
  socket.on("data", (text) => {
    received += text;
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isClosed = true;
  });
  await once(socket, "connect");
  return {
    socket,
    received: () => received,
    isClosed: () => isClosed,
    send: (bytes) => void socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes),
  };
}

/** Sends bytes and answers all that came back until the gateway closed the connection; a connection that is cut ends it too. */
export async function rawCall(endpoint: string, bytes: string | Uint8Array): Promise<string> {
  const connection = await rawConnection(endpoint);
  const closed = connection.isClosed() ? null : once(connection.socket, "close");
  connection.send(bytes);
  await closed;
  return connection.received();
}

/** The statuses of the answers in what came back, in their order. */
export function statusesOf(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
