import assert from "node:assert/strict";
import { AccessError, ConnectionError, TimeoutError } from "../../../sdk/src/client/errors";
import { retryAfterSeconds, retryDelay } from "../../../sdk/src/client/retry";
import { fakeClock } from "../../support/sdk/fake-clock";

const FIRST = { number: 0, maxRetries: 4, repeatable: true, garbled: false };
const ONCE_ONLY = { ...FIRST, repeatable: false };

const answered = (status: number, retryAfterSeconds?: number) =>
  new AccessError("", { code: "", detail: "", status, retryAfterSeconds });
const unconnected = (code: string) =>
  new ConnectionError("", { code: "connection_failed", detail: "", cause: { name: "Error", code, message: "" } });
const late = new TimeoutError("", { code: "timeout", detail: "" });

describe("another attempt", () => {
  it("follows what may pass, when repeating is safe", () => {
    for (const status of [408, 429, 500, 502, 503, 504]) {
      assert.equal(retryDelay(answered(status), FIRST, fakeClock()), 250, String(status));
    }
    for (const code of [
      "ECONNREFUSED",
      "ECONNRESET",
      "EPIPE",
      "ENOTFOUND",
      "EAI_AGAIN",
      "ETIMEDOUT",
      "ERR_BAD_RESPONSE",
    ]) {
      assert.equal(retryDelay(unconnected(code), FIRST, fakeClock()), 250, code);
    }
    assert.equal(retryDelay(late, FIRST, fakeClock()), 250);
    assert.equal(retryDelay(answered(200), { ...FIRST, garbled: true }, fakeClock()), 250);
  });

  it("does not follow what will be the same again", () => {
    for (const status of [200, 301, 400, 401, 403, 404, 409, 412, 413, 428, 501]) {
      assert.equal(retryDelay(answered(status), FIRST, fakeClock()), undefined, String(status));
    }
    for (const code of ["CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "ERR_TLS_CERT_ALTNAME_INVALID", "EPROTO"]) {
      assert.equal(retryDelay(unconnected(code), FIRST, fakeClock()), undefined, code);
    }
  });

  it("follows a request that must not take effect twice only when nothing was done", () => {
    for (const code of ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]) {
      assert.equal(retryDelay(unconnected(code), ONCE_ONLY, fakeClock()), 250, code);
    }
    assert.equal(retryDelay(answered(429), ONCE_ONLY, fakeClock()), 250);
    for (const error of [unconnected("ECONNRESET"), unconnected("EPIPE"), late, answered(500), answered(503)]) {
      assert.equal(retryDelay(error, ONCE_ONLY, fakeClock()), undefined, error.message);
    }
    assert.equal(retryDelay(answered(200), { ...ONCE_ONLY, garbled: true }, fakeClock()), undefined);
  });

  it("is the last one after the limit", () => {
    assert.equal(retryDelay(answered(503), { ...FIRST, number: 3 }, fakeClock()), 2_000);
    assert.equal(retryDelay(answered(503), { ...FIRST, number: 4 }, fakeClock()), undefined);
    assert.equal(retryDelay(answered(503), { ...FIRST, maxRetries: 0 }, fakeClock()), undefined);
  });

  it("waits twice as long each time, up to 10 s, and by chance any part of it", () => {
    const delays = [0, 1, 2, 3, 4, 5, 6].map((number) =>
      retryDelay(answered(503), { ...FIRST, number, maxRetries: 20 }, fakeClock(0.999)),
    );

    assert.deepEqual(
      delays.map((ms) => Math.round(ms ?? 0)),
      [500, 999, 1998, 3996, 7992, 9990, 9990],
    );
    assert.equal(retryDelay(answered(503), { ...FIRST, number: 6, maxRetries: 20 }, fakeClock(0)), 0);
  });

  it("waits as long as the backend asks, up to a minute", () => {
    assert.equal(retryDelay(answered(503, 7), FIRST, fakeClock()), 7_000);
    assert.equal(retryDelay(answered(429, 60), FIRST, fakeClock()), 60_000);
    assert.equal(retryDelay(answered(429, 61), FIRST, fakeClock()), undefined);
  });

  it("backs off all the same when a failing backend asks for less", () => {
    assert.equal(retryDelay(answered(503, 0), FIRST, fakeClock()), 250);
    assert.equal(retryDelay(answered(500, 1), { ...FIRST, number: 3 }, fakeClock()), 2_000);
    assert.equal(retryDelay(answered(408, 0), FIRST, fakeClock()), 250);
  });

  it("follows a rate limit as soon as the backend says, at once too", () => {
    assert.equal(retryDelay(answered(429, 0), FIRST, fakeClock()), 0);
    assert.equal(retryDelay(answered(429, 1), { ...FIRST, number: 3 }, fakeClock()), 1_000);
  });
});

describe("Retry-After", () => {
  const now = Date.UTC(2026, 1, 3, 4, 5, 6);

  it("is a number of seconds", () => {
    assert.equal(retryAfterSeconds("7", now), 7);
    assert.equal(retryAfterSeconds(" 0 ", now), 0);
  });

  it("is a date, in the past too", () => {
    assert.equal(retryAfterSeconds("Tue, 03 Feb 2026 04:05:36 GMT", now), 30);
    assert.equal(retryAfterSeconds("Tue, 03 Feb 2026 04:00:00 GMT", now), 0);
  });

  it("is not there when it is neither", () => {
    assert.equal(retryAfterSeconds(undefined, now), undefined);
    assert.equal(retryAfterSeconds("soon", now), undefined);
    assert.equal(retryAfterSeconds("", now), undefined);
    for (const header of ["1.5", "-5", "+5", "1e3", "0x10", "7s", "2026-02-03", "2026-02-03T04:05:36Z"]) {
      assert.equal(retryAfterSeconds(header, now), undefined, header);
    }
  });

  it("is not there when its date cannot be", () => {
    assert.equal(retryAfterSeconds("Tue, 31 Feb 2026 04:05:36 GMT", now), undefined);
    assert.equal(retryAfterSeconds("Invalid Date", now), undefined);
    assert.equal(retryAfterSeconds("Tue, 03 Feb 2026 04:05:36", now), undefined);
    assert.equal(retryAfterSeconds("Tue, 03 Feb 2026 04:05:36 +0200", now), undefined);
  });
});
