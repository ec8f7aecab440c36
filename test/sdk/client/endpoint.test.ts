import assert from "node:assert/strict";
import { parseEndpoint } from "../../../sdk/src/client/endpoint";
import { AccessError, ValidationError } from "../../../sdk/src/client/errors";

describe("the endpoint", () => {
  it("is an address with https", () => {
    assert.deepEqual(parseEndpoint("https://access.example.com"), {
      base: "https://access.example.com",
      loopback: false,
    });
    assert.deepEqual(parseEndpoint("https://access.example.com:8443/"), {
      base: "https://access.example.com:8443",
      loopback: false,
    });
  });

  it("may have a path prefix", () => {
    assert.equal(parseEndpoint("https://example.com/tools/access/").base, "https://example.com/tools/access");
  });

  it("may be http to this machine", () => {
    for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "127.1", "[::1]", "[0:0:0:0:0:0:0:1]", "LOCALHOST"]) {
      assert.equal(parseEndpoint(`http://${host}:8080`).loopback, true, host);
    }
  });

  it("is refused with http to anywhere else, also under names that look like this machine", () => {
    for (const host of [
      ...["access.example.com", "10.0.0.1", "0.0.0.0", "[::]", "127.0.0.1.example.com", "localhost.example.com"],
      ...["example.com#127.0.0.1", "128.0.0.1", "[::ffff:10.0.0.1]", "127.0.0.1@example.com", "localhost@example.com"],
    ]) {
      assert.throws(() => parseEndpoint(`http://${host}`), ValidationError, host);
    }
    assert.throws(() => parseEndpoint("http://example.com"), {
      message: "new AccessClient: the endpoint must be https:, because http: is only for this machine",
    });
  });

  it("is refused with another protocol, or when it is no address", () => {
    assert.throws(() => parseEndpoint("ftp://example.com"), /must start with https:/);
    assert.throws(() => parseEndpoint("file:///etc/passwd"), /must start with https:/);
    assert.throws(() => parseEndpoint("example.com"), /is not an absolute URL/);
    assert.throws(() => parseEndpoint("/v1"), /is not an absolute URL/);
    assert.throws(() => parseEndpoint(""), /is not an absolute URL/);
  });

  it("is refused with a query or a fragment", () => {
    assert.throws(() => parseEndpoint("https://example.com/?a=b"), /must not contain a query or a fragment/);
    assert.throws(() => parseEndpoint("https://example.com/#a"), /must not contain a query or a fragment/);
  });

  it("is refused with credentials, which the error does not repeat", () => {
    const thrown: unknown[] = [];
    try {
      parseEndpoint("https://ana:hunter2@example.com");
    } catch (error) {
      thrown.push(error);
    }

    const [error] = thrown;

    assert.ok(AccessError.is(error));
    assert.match(error.message, /must not contain credentials/);
    assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, /hunter2/);
    assert.deepEqual(
      error.errors.map(({ field }) => field),
      ["endpoint"],
    );
  });
});
