import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { PROBLEMS } from "xtremepush-access/schemas";
import { visible } from "xtremepush-access/text";
import { makeIdentifier } from "../credentials/identifiers";
import { databaseFailureOf } from "../database/failures";
import { isNamed } from "../failures/named-error";
import { ProblemError, problemBody } from "../failures/problems";
import { logOutage } from "./outage-log";

/** Answers every error of the management API. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error);
  if (problem.code === "internal") request.log.error({ err: error }, "the request failed");
  if (problem.code === "unavailable" || problem.code === "disk_full") logOutage(request, error);
  void reply
    .code(PROBLEMS[problem.code].status)
    .headers(problem.extras.headers ?? {})
    .header("x-request-id", request.id)
    .type("application/problem+json")
    .serializer(JSON.stringify)
    .send(problemBody(problem, request.id));
}

/** Maps an error to its problem; an unknown error is `internal` and reveals nothing. */
export function problemOf(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return invalidRequest(error);
  if (isCutRequest(error)) return new ProblemError("validation_failed", "the request ended before its body was whole");
  const failure = databaseFailureOf(error);
  if (failure?.name === "disk-full") return new ProblemError("disk_full", failure.detail);
  if (failure !== null) return new ProblemError("unavailable", failure.detail, { headers: { "retry-after": "5" } });
  return frameworkProblem(error) ?? new ProblemError("internal", "the backend failed; its log has the request's id");
}

/** Whether the caller disconnected in the middle of a body; a lost connection to the database has the same code. */
export function isCutRequest(error: unknown): boolean {
  return isNamed(error, "ECONNRESET") && error.message === "aborted";
}

/** Answers bytes that are not HTTP or exceed a limit, for which Fastify has no request. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const detail =
    error.code === "HPE_INVALID_METHOD"
      ? "the method of the request is not one of HTTP"
      : "the request is not valid HTTP, came too slowly, or its headers are too long";
  answerOnSocket(socket, new ProblemError("validation_failed", detail));
}

/** Answers on a connection for which Fastify has no request, and closes it. */
export function answerOnSocket(
  socket: Socket,
  problem: ProblemError,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { status } = PROBLEMS[problem.code];
  const body = JSON.stringify(problemBody(problem, makeIdentifier("xpr")));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  // Node.js removes its own listeners from the socket of a CONNECT, and an `error` without a listener ends the process.
  socket.on("error", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
  // Node.js does not read, time out or close the socket of a CONNECT.
  socket.destroySoon();
}

type ValidationError = Omit<FastifyError, "validation"> & {
  validation: readonly { readonly instancePath: string; readonly message?: string | undefined }[];
};

function invalidRequest(error: ValidationError): ProblemError {
  const all = error.validation.map(({ instancePath, message }) => ({
    // Both may contain a key of the request.
    field: visible(fieldOf(instancePath), FIELD_MAX) || (error.validationContext ?? "body"),
    message: visible(message ?? "is not valid", MESSAGE_MAX),
  }));
  const errors = all.slice(0, LISTED_ERRORS);
  const more = all.length > errors.length ? ` (and ${all.length - errors.length} more)` : "";
  const first = errors[0];
  return new ProblemError("validation_failed", `${first?.field}: ${first?.message}${more}`, { errors });
}

const LISTED_ERRORS = 50;
/** Maximum length of a field's name and of a message about it, in code points. */
const FIELD_MAX = 200;
const MESSAGE_MAX = 1_000;

/** Turns `/permissions/3` into `permissions[3]`. */
function fieldOf(instancePath: string): string {
  return instancePath
    .split("/")
    .filter((part) => part !== "")
    .map((part, index) => (/^[0-9]+$/.test(part) ? `[${part}]` : `${index === 0 ? "" : "."}${part}`))
    .join("");
}

function frameworkProblem(error: unknown): ProblemError | null {
  if (!(error instanceof Error) || !("statusCode" in error) || typeof error.statusCode !== "number") return null;
  if (error.statusCode === 413)
    return new ProblemError("payload_too_large", "the body is larger than 256 KiB; send less");
  if (error.statusCode === 415) {
    return new ProblemError("unsupported_media_type", "the body must be JSON; set Content-Type: application/json");
  }
  if (error.statusCode < 400 || error.statusCode >= 500) return null;
  const detail = DETAILS.get("code" in error ? error.code : undefined) ?? "the body is not valid JSON";
  return new ProblemError("validation_failed", detail);
}

/** Maximum length of a parameter in a path. */
export const PATH_PART_MAX = 200;

// Fastify's own messages for these contain what the caller sent.
const DETAILS: ReadonlyMap<unknown, string> = new Map([
  ["FST_ERR_BAD_URL", "the address is not valid"],
  ["FST_ERR_MAX_PARAM_LENGTH", `a part of the address is longer than ${PATH_PART_MAX} characters`],
  ["FST_ERR_CTP_EMPTY_JSON_BODY", "the body is empty; send JSON, or no Content-Type"],
  ["FST_ERR_CTP_INVALID_CONTENT_LENGTH", "the body is not as long as Content-Length says"],
]);
