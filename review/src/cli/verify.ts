import { Command } from "commander";
import { compare } from "../compare/compare";
import type { AccessDiff } from "../model/access-diff";
import { EXIT_CODES } from "../model/decision";
import { quoted, SENTENCE_MAX, visible } from "../outputs/visible";
import { headline } from "../outputs/wording";
import { ReviewFailure } from "../review-failure";
import { readOperand } from "../sources/operand";

/** `verify --approved DIGEST preview:FILE`: whether a preview does what was approved, and nothing else. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("Refuses a preview that is not exactly what was approved; for the job that deploys.")
    .argument("<preview>", "preview:<file>, what `pulumi preview --json --show-sames` wrote")
    .requiredOption("--approved <digest>", "the digest that the approved review printed")
    .action(async (operand: string, { approved }: { approved: string }) => {
      if (!operand.startsWith("preview:"))
        throw new ReviewFailure("verify takes preview:<file>, what `pulumi preview --json --show-sames` wrote");
      if (!/^sha256:[0-9a-f]{64}$/.test(approved)) {
        throw new ReviewFailure("--approved takes the digest that a review printed: sha256: and 64 hexadecimal digits");
      }
      const context = { folder: ".", stacks: [], environment: process.env };
      const [before, after] = [
        await readOperand(operand, { ...context, side: "base" }),
        await readOperand(operand, { ...context, side: "head" }),
      ];
      const diff = compare(before.manifests, after.manifests);
      process.stdout.write(`${resultText(diff, approved)} ${visible(headline(diff))}\ndigest ${diff.digest}\n`);
      process.exitCode =
        diff.digest === approved && diff.verdict !== "unknown" ? EXIT_CODES.nothing : EXIT_CODES.denied;
    });
}

function resultText(diff: AccessDiff, approved: string): string {
  if (diff.digest !== approved) return "This preview is not what was approved.";
  return diff.verdict === "unknown" ? unknownText(diff) : "This preview does what was approved.";
}

/** Two changes of what is not known can have one digest. */
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
  return `This preview has the digest that was approved, but cannot be verified, because not all of it is known (${first}${rest}).`;
}
