import { Command } from "commander";
import type { AccessDiff } from "../model/access-diff";
import { EXIT_CODES } from "../model/decision";
import { quoted, SENTENCE_MAX, visible } from "../outputs/visible";
import { describeVerdict } from "../outputs/wording";
import { ReviewFailure } from "../review-failure";
import { readText } from "../sources/operand";
import { comparePreview, isApproved } from "../sources/preview-diff";
import { print } from "./print";

/** `verify --approved DIGEST preview:FILE`: fails unless a preview does exactly what was approved. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("Fails unless a preview does exactly what was approved. Run it before you deploy.")
    .argument("<preview>", "preview:<file>, the output of `pulumi preview --json --show-sames`")
    .requiredOption("--approved <digest>", "the digest that the approved review printed")
    .action(async (operand: string, { approved }: { approved: string }) => {
      if (!operand.startsWith("preview:"))
        throw new ReviewFailure("verify takes preview:<file>, the output of `pulumi preview --json --show-sames`");
      if (!/^sha256:[0-9a-f]{64}$/.test(approved)) {
        throw new ReviewFailure("--approved takes the digest that a review printed: sha256: and 64 hexadecimal digits");
      }
      const file = operand.slice("preview:".length);
      const diff = comparePreview(await readText(file), file);
      process.exitCode = isApproved(diff, approved) ? EXIT_CODES.nothing : EXIT_CODES.denied;
      await print(`${resultText(diff, approved)} ${visible(describeVerdict(diff))}\ndigest ${diff.digest}\n`);
    });
}

function resultText(diff: AccessDiff, approved: string): string {
  if (diff.digest !== approved) return "This preview is not what was approved.";
  return diff.verdict === "unknown" ? unknownText(diff) : "This preview does what was approved.";
}

/** A digest alone is not enough: two changes with unknown parts can share one. */
function unknownText({ uncertain, environments }: AccessDiff): string {
  const clients = environments.flatMap((environment) => environment.clients);
  const whys = [
    ...uncertain.map(({ why }) => why),
    ...clients.flatMap(({ id, nameBefore, nameAfter, unknown }) =>
      unknown === null ? [] : [`${quoted(nameAfter ?? nameBefore ?? id)}: ${unknown}`],
    ),
  ];
  const [first = "", ...more] = whys.map((why) => visible(why, SENTENCE_MAX));
  const rest = more.length === 0 ? "" : `, and ${more.length} more`;
  return `This preview has the approved digest but cannot be verified, because part of it is unknown (${first}${rest}).`;
}
