import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { type EngineEvent, withEventLog } from "../../../environments/src/pulumi/event-log";

const line = (message: string) => JSON.stringify({ sequence: 1, diagnosticEvent: { severity: "warning", message } });

/** A message of gRPC as the CLI sends it: an `EventRequest` in a frame. */
function framed(event: string): Buffer {
  const text = Buffer.from(event);
  const length: number[] = [];
  for (let left = text.length; length.length === 0 || left > 0; left >>>= 7)
    length.push(left > 127 ? (left & 127) | 128 : left);
  const message = Buffer.concat([Buffer.from([0x0a, ...length]), text]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return Buffer.concat([frame, message]);
}

/** Sends parts of a stream to an address, as the CLI does. */
async function send(address: string, parts: readonly Buffer[], end: "orderly" | "broken" = "orderly") {
  const [, socket = ""] = /^tcp:\/\/unix:(.*)$/.exec(address) ?? [];
  const session = http2.connect("http://localhost", { createConnection: () => connect(socket) });
  const stream = session.request({
    ":method": "POST",
    ":path": "/pulumirpc.Events/StreamEvents",
    "content-type": "application/grpc",
  });
  const trailers = once(stream, "trailers");
  stream.resume();
  for (const part of parts) await new Promise((resolve) => stream.write(part, resolve));
  if (end === "broken") return session.destroy();
  stream.end();
  const [{ "grpc-status": status }] = await trailers;
  session.close();
  return status;
}

describe("the events of a run", () => {
  it("are taken in their order, whole, and to the last one", async () => {
    const messages: string[] = [];
    const take = ({ diagnosticEvent }: EngineEvent) => messages.push(diagnosticEvent?.message ?? "");
    const long = "x".repeat(200_000);
    const bytes = Buffer.concat(["first", "zwölf ✓", long].map((message) => framed(line(message))));
    // In the middle of a character.
    const cut = bytes.indexOf("✓") + 1;

    const status = await withEventLog(
      (address) =>
        send(address, [bytes.subarray(0, cut), bytes.subarray(cut), framed("no JSON"), framed(line("last"))]),
      take,
    );

    assert.equal(status, "0");
    assert.deepEqual(messages, ["first", "zwölf ✓", long, "last"]);
  });

  it("end with a run that breaks off, and its error is thrown", async () => {
    const running = withEventLog(
      async (address) => {
        await send(address, [framed(line("failed"))], "broken");
        throw new TypeError("a mistake");
      },
      () => undefined,
    );

    await assert.rejects(running, TypeError);
  });

  it("are received where nobody else may enter", async () => {
    const address = await withEventLog(
      async (given) => given,
      () => assert.fail(),
    );

    assert.ok(address.startsWith(`tcp://unix:${tmpdir()}/access-env-`), address);
  });
});
