import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { sendable } from "../../../../provider/src/dynamic/run/answer";
import type { Handler, Properties } from "../../../../provider/src/dynamic/run/wire";
import { openHandlers, type ProviderBackend, startProviderBackend } from "../../../support/provider/handlers";

describe("sendable", () => {
  it("leaves out undefined at every depth, and keeps null and everything else", () => {
    const answer = sendable({ a: undefined, b: null, c: { d: undefined, e: [1, undefined, { f: undefined }] }, g: "" });

    assert.deepEqual(answer, { b: null, c: { e: [1, null, {}] }, g: "" });
  });
});

describe("an answer of the handlers", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const value = fc.oneof(
    fc.constantFrom(undefined, null, "", 0, true, "list:segment"),
    fc.array(fc.constant(undefined)),
  );
  const inputs = fc.dictionary(
    fc.constantFrom(
      "name",
      "description",
      "secretVersion",
      "secretOverlap",
      "publicKeys",
      "adopt",
      "client",
      "permissions",
    ),
    fc.oneof(value, fc.dictionary(fc.constantFrom("a", "permissions[0]", "list:segment"), value)),
  );
  for (const type of ["apiClient", "scopeGrant"] as const) {
    it(`can be sent by the process, whatever the program left out: ${type}`, async () => {
      const handlers = await openHandlers(backend.environment);
      const handler: Handler = handlers[type];

      await fc.assert(
        fc.asyncProperty(inputs, inputs, async (olds: Properties, news: Properties) => {
          const answer = await handler.check(olds, news);

          assert.doesNotThrow(() => Struct.fromJavaScript(answer.inputs as never), inspect(news));
        }),
        { seed: 11, numRuns: 200 },
      );
    });
  }
});
