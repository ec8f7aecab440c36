import assert from "node:assert/strict";
import { readPresentedSecret } from "../../../backend/src/oauth/presented-secret";

const noForm = new Map<string, string>();

describe("readPresentedSecret", () => {
  it("reads both parts of Basic as form-urlencoded", () => {
    const basic = `Basic ${Buffer.from("client+one%3A:s%2Bcret%25").toString("base64")}`;

    assert.deepEqual(readPresentedSecret(basic, noForm), { clientId: "client one:", secret: "s+cret%" });
  });

  it("takes the scheme in any case", () => {
    const basic = `bAsIc ${Buffer.from("a:b").toString("base64")}`;

    assert.deepEqual(readPresentedSecret(basic, noForm), { clientId: "a", secret: "b" });
  });

  it("refuses a header that is not Basic with two parts", () => {
    for (const header of ["Bearer abc", "Basic", "Basic !!!", "Basic YQ==", "Basic OmI=", "Basic JTpi"]) {
      assert.throws(() => readPresentedSecret(header, noForm), { code: "invalid_client" });
    }
  });

  it("refuses a client_id in the body that is not the header's", () => {
    const basic = `Basic ${Buffer.from("a:b").toString("base64")}`;

    assert.throws(() => readPresentedSecret(basic, new Map([["client_id", "c"]])), { code: "invalid_request" });
  });
});
