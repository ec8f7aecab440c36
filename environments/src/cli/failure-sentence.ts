import { AccessError } from "xtremepush-access";
import { quoted } from "xtremepush-access/text";
import { ReviewFailure } from "xtremepush-access-review";
import { EnvironmentFailure } from "../environment-failure";

/** An error that nobody expects may hold what a command printed, so only its kind and its place are shown, or what the system refused. */
export function sentenceOf(error: unknown): string {
  if (error instanceof EnvironmentFailure || error instanceof ReviewFailure || AccessError.is(error)) {
    return error.message;
  }
  const refused = systemFailureOf(error);
  if (refused !== null) return refused;
  const [where = ""] = (error instanceof Error ? (error.stack ?? "") : "").match(/^ +at .+$/m) ?? [];
  return `unexpected ${error instanceof Error ? error.name : typeof error}${where.replace(/^ +/, " ")}`;
}

/** Node.js composes these fields itself: the call, the code and the path, which is of the settings and no secret. */
function systemFailureOf(error: unknown): string | null {
  if (!(error instanceof Error && "syscall" in error && "code" in error)) return null;
  const file = "path" in error ? ` of ${quoted(String(error.path))}` : "";
  return `the system refuses ${String(error.syscall)}${file} (${String(error.code)}); check that it exists and that you may use it`;
}
