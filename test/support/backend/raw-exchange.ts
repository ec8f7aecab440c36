import { once } from "node:events";
import { connect } from "node:net";

/** Sends bytes as they are and answers everything that came back until the backend closed the connection. */
export async function exchange(endpoint: string, request: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname).setEncoding("latin1");
  let answer = "";
  socket.on("data", (text) => {
    answer += text;
  });
  await once(socket, "connect");
  socket.write(request);
  await once(socket, "close");
  return answer;
}
