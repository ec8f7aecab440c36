import { count, visible, visibleValue } from "xtremepush-access/text";
import { Command } from "xtremepush-access-review/cli";
import { EnvironmentFailure } from "../environment-failure";
import { type WhoamiResult, whoami } from "../run/whoami";
import { printResult } from "./print";

interface WhoamiCommandOptions {
  readonly endpoint?: string;
  readonly explain: boolean;
  readonly json: boolean;
}

/** `whoami`: which actor the token of this process is. */
export function whoamiCommand(): Command {
  return new Command("whoami")
    .description("Shows which actor the token of this process is, what it may do, and when it ends.")
    .option("--endpoint <url>", "the backend (default: XTREMEPUSH_ENDPOINT)")
    .option(
      "--explain",
      "show what the ID token of a pipeline says, and which claim differs from what actors trust",
      false,
    )
    .option("--json", "print JSON", false)
    .addHelpText("after", "\nFails (exit code 1) when no actor trusts the ID token.")
    .action(async ({ endpoint, explain, json }: WhoamiCommandOptions) => {
      const result = await whoami({ endpoint, explain, environment: process.env });
      await printResult({ command: "whoami", ...result }, { json, lines: whoamiLines(result) });
      if (result.refused !== null) throw new EnvironmentFailure(result.refused);
    });
}

/** The result for people. */
export function whoamiLines({ endpoint, from, actor, claims }: WhoamiResult): string[] {
  const told = claims === null ? [] : ["The ID token says:", ...Object.entries(claims).map(claimLine), ""];
  if (actor === null) return told;
  const { name, id, role, projects, ownerPrefix, ceiling, expiresTime } = actor;
  return [
    ...told,
    `${visible(name)} (${visible(id)}) at ${visible(endpoint)}, ${from === "token" ? "by XTREMEPUSH_TOKEN" : "by the ID token of the pipeline"}`,
    `  role      ${visible(role)}`,
    `  projects  ${projects === null ? "all" : projects.map((project) => visible(project)).join(", ")}`,
    `  owners    ${ownerPrefix === null ? "any" : `${visible(ownerPrefix)}…`}`,
    `  ceiling   ${ceiling === null ? "anything" : count(ceiling.length, "permission")}`,
    `  ends      ${expiresTime ?? "never"}`,
  ];
}

function claimLine([name, value]: [string, unknown]): string {
  return `  ${visible(name)}: ${typeof value === "string" ? visible(value) : visibleValue(value)}`;
}
