import { once } from "node:events";
import { connect } from "node:net";

/** A request whose body is on its way. */
export interface RunningRequest {
  /** Sends the rest and answers everything that came back until the connection ended. */
  finish(): Promise<string>;
}

/** Sends the head and the first half of a POST of JSON, and waits until the backend has them. */
export async function beginPost(url: string, token: string, json: object): Promise<RunningRequest> {
  const { hostname, port, pathname } = new URL(url);
  const body = JSON.stringify(json);
  const socket = connect(Number(port), hostname).setEncoding("utf8");
  await once(socket, "connect");
  let answer = "";
  socket.on("data", (text) => {
    answer += text;
  });
  const head = `POST ${pathname} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json`;
  // The 100 Continue is the sign that the backend has taken the request.
  socket.write(`${head}\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`);
  await once(socket, "data");
  socket.write(body.slice(0, 5));
  return {
    finish: async () => {
      const ended = once(socket, "close");
      socket.write(body.slice(5));
      await ended;
      return answer;
    },
  };
}
