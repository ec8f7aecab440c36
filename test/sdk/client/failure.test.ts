import assert from "node:assert/strict";
import { PROBLEMS } from "xtremepush-access/schemas";
import { failedAnswer } from "../../../sdk/src/client/failure";
import { problem } from "../../support/backend/management-answers";

const SUBJECT = {
  method: "PUT",
  path: "/v1/x",
  address: "https://access.example.com/v1/x",
  attempts: 1,
  answerLost: false,
  timeoutMs: 30_000,
  ifMatch: undefined,
};
const NOW = Date.UTC(2026, 1, 3, 4, 5, 6);

const answer = (status: number, body: unknown) => ({
  status,
  contentType: "application/problem+json",
  retryAfter: undefined,
  requestId: "xpr_9",
  text: JSON.stringify(body),
});

describe("an answer that says that a call failed", () => {
  it("becomes an error of the class of its status", () => {
    const names = [400, 401, 403, 404, 405, 409, 412, 413, 415, 428, 429, 500, 503].map(
      (status) => failedAnswer(SUBJECT, answer(status, problem(status, "x").body), NOW).name,
    );

    assert.deepEqual(names, [
      ...["ValidationError", "AuthenticationError", "PermissionDeniedError", "NotFoundError", "ValidationError"],
      ...["ConflictError", "RevisionMismatchError", "ValidationError", "ValidationError", "PreconditionRequiredError"],
      ...["RateLimitedError", "UnavailableError", "UnavailableError"],
    ]);
  });

  it("becomes an error of a class of its own for each status that the backend uses", () => {
    for (const [code, { status }] of Object.entries(PROBLEMS)) {
      const error = failedAnswer(SUBJECT, answer(status, problem(status, code).body), NOW);

      assert.notEqual(error.name, "AccessError", code);
      assert.equal(error.code, code);
      assert.equal(error.status, status);
    }
  });

  it("becomes a plain AccessError for a status that only a newer backend uses", () => {
    const error = failedAnswer(SUBJECT, answer(423, problem(423, "frozen").body), NOW);

    assert.equal(error.name, "AccessError");
    assert.equal(error.code, "frozen");
    assert.equal(error.message, "PUT /v1/x failed: 423, it is frozen");
  });

  it("keeps the fields that are not valid and the id of the request", () => {
    const errors = [{ field: "name", message: "is taken" }];

    const error = failedAnswer(SUBJECT, answer(400, problem(400, "validation_failed", { errors }).body), NOW);

    assert.deepEqual(error.errors, errors);
    assert.equal(error.requestId, "xpr_7");
  });

  it("keeps the id of the request from the header when the body has none", () => {
    const error = failedAnswer(SUBJECT, answer(401, { error: "invalid_client" }), NOW);

    assert.equal(error.name, "OAuthError");
    assert.equal(error.message, "PUT /v1/x failed: 401 invalid_client, invalid_client");
    assert.equal(error.requestId, "xpr_9");
  });

  it("names the whole address when the backend, or what stands before it, cannot answer now", () => {
    const messages = [408, 429, 500, 503].map(
      (status) => failedAnswer(SUBJECT, answer(status, problem(status, "x").body), NOW).message,
    );
    const oauth = failedAnswer(SUBJECT, answer(503, { error: "temporarily_unavailable" }), NOW);

    assert.deepEqual(messages, [
      "PUT /v1/x failed: 408 from https://access.example.com/v1/x, it is x",
      "PUT /v1/x failed: 429 from https://access.example.com/v1/x, it is x",
      "PUT /v1/x failed: 500 from https://access.example.com/v1/x, it is x",
      "PUT /v1/x failed: 503 from https://access.example.com/v1/x, it is x",
    ]);
    assert.equal(
      oauth.message,
      "PUT /v1/x failed: 503 temporarily_unavailable from https://access.example.com/v1/x, temporarily_unavailable",
    );
  });

  it("keeps its class when what is there now is told incompletely", () => {
    const error = failedAnswer(SUBJECT, answer(409, problem(409, "name_taken", { current: { id: "x" } }).body), NOW);

    assert.equal(error.name, "ConflictError");
    assert.equal(error.code, "name_taken");
    assert.equal(error.current, undefined);
  });

  it("keeps its class when its fields are told in a form of a newer backend", () => {
    const error = failedAnswer(SUBJECT, answer(400, problem(400, "validation_failed", { errors: "name" }).body), NOW);

    assert.equal(error.name, "ValidationError");
    assert.deepEqual(error.errors, []);
  });

  it("cannot drive a terminal, nor fill it", () => {
    const detail = `first\n\u001b[2Jsecond\u202e${"x".repeat(5_000)}`;

    const error = failedAnswer(SUBJECT, answer(409, problem(409, "name_taken", { detail }).body), NOW);

    assert.match(error.message, /^PUT \/v1\/x failed: 409, first\\u\{a\}\\u\{1b\}\[2Jsecond\\u\{202e\}x+…$/);
    assert.equal(error.message.length < 1_100, true);
  });
});
