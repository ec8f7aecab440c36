import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import * as published from "xtremepush-access";
import * as errors from "../../../sdk/src/client/errors";

const FACTS = { code: "client_not_found", detail: "there is no such client", status: 404 } as const;

describe("an error of the client", () => {
  it("is recognised by the class of another copy of the package", () => {
    const error = new errors.NotFoundError("GET /v1 failed", FACTS);

    assert.notEqual(published.NotFoundError, errors.NotFoundError);
    assert.equal(published.NotFoundError.is(error), true);
    assert.equal(published.AccessError.is(error), true);
    assert.equal(errors.AccessError.is(new published.NotFoundError("", FACTS)), true);
  });

  it("is not taken for one of another class", () => {
    const error = new errors.NotFoundError("GET /v1 failed", FACTS);

    assert.equal(published.ConflictError.is(error), false);
    assert.equal(errors.NotFoundError.is(new errors.AccessError("", FACTS)), false);
  });

  it("is told from everything else that may be thrown", () => {
    for (const thrown of [
      new Error("x"),
      null,
      undefined,
      "AccessError",
      42,
      { name: "AccessError" },
      { name: "NotFoundError" },
    ]) {
      assert.equal(errors.AccessError.is(thrown), false);
      assert.equal(errors.NotFoundError.is(thrown), false);
    }
  });

  it("carries its name in its stack and in its text", () => {
    const error = new errors.RevisionMismatchError("PUT /v1 failed: 412", { code: "revision_mismatch", detail: "" });

    assert.equal(error.name, "RevisionMismatchError");
    assert.match(error.stack ?? "", /^RevisionMismatchError: PUT \/v1 failed: 412\n/);
    assert.equal(String(error), "RevisionMismatchError: PUT /v1 failed: 412");
    assert.ok(error instanceof Error);
  });

  it("has a class with a name of its own for each kind", () => {
    const names = Object.values(errors).map((errorClass) => new errorClass("", FACTS).name);

    assert.deepEqual(
      names,
      Object.values(errors).map((errorClass) => errorClass.name),
    );
    assert.equal(new Set(names).size, 15);
  });

  it("is narrowed to its class, and is still an AccessError when it is of no class asked for", () => {
    const error: unknown = new errors.NotFoundError("", FACTS);

    assert.ok(errors.AccessError.is(error));
    expectTypeOf(error).toEqualTypeOf<errors.AccessError>();
    if (errors.ConflictError.is(error)) expectTypeOf(error).toEqualTypeOf<errors.ConflictError>();
    else expectTypeOf(error).toEqualTypeOf<errors.AccessError>();
  });

  it("has a code that is always a text", () => {
    expectTypeOf<errors.AccessError["code"]>().toExtend<string>();
    assert.equal(typeof new errors.AccessError("", FACTS).code, "string");
  });
});
