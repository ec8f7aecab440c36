import { visibleJson, visibleLines } from "xtremepush-access/text";
import { print } from "xtremepush-access-review/cli";

/** The version of the JSON output. Within one version, fields are only added. */
const JSON_VERSION = 1;

/** Prints a result: as JSON with its version, or as lines. */
export async function printResult(
  result: object,
  { json, lines }: { readonly json: boolean; readonly lines: readonly string[] },
): Promise<void> {
  await print(json ? `${visibleJson({ version: JSON_VERSION, ...result })}\n` : `${visibleLines(lines.join("\n"))}\n`);
}
