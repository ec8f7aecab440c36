import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How many requests of a connection may wait. No client needs more than a few, and each takes memory. */
const WAITING_MAX = 100;

/** The requests of each connection that are not answered yet. A caller may send the next one before the answer (pipelining). */
export class Connections {
  readonly #open = new WeakMap<Socket, Set<ServerResponse>>();
  readonly #ending = new WeakSet<Socket>();

  /**
   * Takes a request in; one too many ends its connection.
   *
   * @returns when its turn has come, null at once: only safe requests may be carried out side by side (RFC 9112, section
   * 9.3.2), and no call is safe.
   */
  turn({ socket }: IncomingMessage, response: ServerResponse): Promise<unknown> | null {
    const open = this.#open.get(socket) ?? this.#begin(socket);
    const before = open.size === 0 ? undefined : [...open].at(-1);
    open.add(response);
    response.once("close", () => open.delete(response));
    if (open.size > WAITING_MAX) socket.destroy();
    return before === undefined ? null : once(before, "close");
  }

  /**
   * Ends a connection whose next bytes are not HTTP. Answers that are due come first and alone: another one would be taken for
   * theirs, or for a part of one.
   *
   * @returns whether any answer is due; if none is, the connection is left to the caller of this.
   */
  endAfterAnswers(socket: Socket): boolean {
    if (this.#ending.has(socket)) return true;
    const due = [...(this.#open.get(socket) ?? [])].filter(({ headersSent, req }) => headersSent || req.complete);
    const last = due.at(-1);
    if (last === undefined) return false;
    this.#ending.add(socket);
    last.once("close", () => socket.destroySoon());
    return true;
  }

  #begin(socket: Socket): Set<ServerResponse> {
    const open = new Set<ServerResponse>();
    this.#open.set(socket, open);
    return open;
  }
}
