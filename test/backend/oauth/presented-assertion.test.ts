import assert from "node:assert/strict";
import { readPresentedAssertion } from "../../../backend/src/oauth/presented-assertion";
import { claimsAt, unsignedJwt } from "../../support/backend/assertions";
import { CLIENT_ID } from "../../support/backend/management-answers";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const CLAIMS = { ...claimsAt(new Date(), CLIENT_ID), jti: "once" };
const JWT = unsignedJwt({ alg: "ES256", kid: "current" }, CLAIMS);

const grant = (more: object = {}) => new Map(Object.entries({ grant_type: GRANT, assertion: JWT, ...more }));
const client = (more: object = {}) =>
  new Map(
    Object.entries({
      grant_type: "client_credentials",
      client_assertion_type: TYPE,
      client_assertion: JWT,
      ...more,
    }),
  );

describe("readPresentedAssertion", () => {
  it("reads the assertion of the jwt-bearer grant", () => {
    assert.deepEqual(readPresentedAssertion(undefined, grant()), {
      text: JWT,
      refusal: "invalid_grant",
      algorithm: "ES256",
      keyId: "current",
      clientId: CLIENT_ID,
      jti: "once",
    });
  });

  it("reads the assertion of a client that authenticates by it", () => {
    const presented = readPresentedAssertion(undefined, client());

    assert.deepEqual([presented?.text, presented?.refusal], [JWT, "invalid_client"]);
  });

  it("finds none in a request with a secret", () => {
    const form = new Map([
      ["grant_type", "client_credentials"],
      ["client_id", CLIENT_ID],
      ["client_secret", "x"],
    ]);

    assert.equal(readPresentedAssertion(undefined, form), null);
    assert.equal(readPresentedAssertion("Basic YTpi", new Map([["grant_type", "client_credentials"]])), null);
  });

  it("takes the secret beside a grant's assertion, which is no authentication", () => {
    const form = new Map([...grant(), ["client_secret", "x"]]);

    assert.equal(readPresentedAssertion(undefined, form)?.text, JWT);
    assert.equal(readPresentedAssertion("Basic YTpi", grant())?.text, JWT);
  });

  it("refuses another way of authentication beside it", () => {
    const twice = {
      code: "invalid_request",
      message: "the client authenticates twice: send a secret or one assertion",
    };

    assert.throws(() => readPresentedAssertion("Basic YTpi", client()), twice);
    assert.throws(() => readPresentedAssertion(undefined, client({ client_secret: "x" })), twice);
    assert.throws(() => readPresentedAssertion(undefined, grant({ client_assertion: JWT })), twice);
    assert.throws(() => readPresentedAssertion(undefined, grant({ client_assertion_type: TYPE })), twice);
    assert.throws(() => readPresentedAssertion(undefined, client({ assertion: JWT })), {
      code: "invalid_request",
      message: `assertion belongs to the grant_type ${GRANT}`,
    });
  });

  it("refuses the grant without its assertion", () => {
    assert.throws(() => readPresentedAssertion(undefined, new Map([["grant_type", GRANT]])), {
      code: "invalid_request",
    });
  });

  it("refuses a client_assertion without its type and the type alone", () => {
    const [text, type] = [client(), client()];
    text.delete("client_assertion_type");
    type.delete("client_assertion");

    assert.throws(() => readPresentedAssertion(undefined, text), { code: "invalid_request" });
    assert.throws(() => readPresentedAssertion(undefined, type), { code: "invalid_request" });
  });

  it("refuses the assertions of SAML", () => {
    const saml = client({ client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:saml2-bearer" });

    assert.throws(() => readPresentedAssertion(undefined, saml), {
      code: "invalid_client",
      message: `the only client_assertion_type is ${TYPE}`,
    });
  });

  it("takes the client_id of the body when it is the iss, and no other", () => {
    const other = "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb";

    assert.equal(readPresentedAssertion(undefined, client({ client_id: CLIENT_ID }))?.clientId, CLIENT_ID);
    assert.throws(() => readPresentedAssertion(undefined, grant({ client_id: other })), {
      code: "invalid_request",
      message: "the client_id of the body is not the iss of the assertion",
    });
  });

  it("refuses what is not a JWT, without repeating it", () => {
    const [header = "", payload = ""] = JWT.split(".");
    const texts = [
      ...["x", "..", "a.b.c", `${header}.${payload}`, `${header}..`, `.${payload}.`, `${JWT}.x.x`, `${header}.!.x`],
      unsignedJwt([], CLAIMS),
      unsignedJwt({ alg: "ES256" }, ["x"]),
      unsignedJwt({}, CLAIMS),
      unsignedJwt({ alg: 7 }, CLAIMS),
      unsignedJwt({ alg: "ES256", kid: 7 }, CLAIMS),
    ];

    for (const assertion of texts) {
      assert.throws(() => readPresentedAssertion(undefined, grant({ assertion })), {
        code: "invalid_grant",
        message:
          "the assertion is not a JWT signed with one of RS256, RS384, RS512, ES256, ES384, ES512, without crit and b64",
      });
    }
  });

  it("refuses the extensions of JWS, which it does not know", () => {
    const headers = [
      { alg: "ES256", crit: ["exp"], exp: 1 },
      { alg: "ES256", crit: ["b64"], b64: true },
      { alg: "ES256", crit: [] },
      { alg: "ES256", crit: null },
      { alg: "ES256", b64: false },
    ];

    for (const header of headers) {
      const form = client({ client_assertion: unsignedJwt(header, CLAIMS) });

      assert.throws(() => readPresentedAssertion(undefined, form), { code: "invalid_client", status: 401 });
    }
  });

  it("leaves an invalid iss or jti to the check of the claims", () => {
    const presented = readPresentedAssertion(undefined, grant({ assertion: unsignedJwt({ alg: "RS256" }, {}) }));

    assert.deepEqual([presented?.clientId, presented?.jti, presented?.keyId], ["", undefined, undefined]);
  });
});
