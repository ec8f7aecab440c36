import { Command } from "commander";
import { compare } from "../compare/compare";
import { EXIT_CODES } from "../model/decision";
import { visible } from "../outputs/visible";
import { headline } from "../outputs/words";
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
      const isApproved = diff.digest === approved && diff.verdict !== "unknown";
      const verdict = isApproved ? "This preview does what was approved" : "This preview is not what was approved";
      process.stdout.write(`${verdict}. ${visible(headline(diff))}\ndigest ${diff.digest}\n`);
      process.exitCode = isApproved ? EXIT_CODES.nothing : EXIT_CODES.denied;
    });
}
