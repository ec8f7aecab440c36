import { count, word } from "xtremepush-access/text";
import { Command } from "xtremepush-access-review/cli";
import { readAccessEnv } from "../file/read-access-env";
import { listStacks, openWorkspace } from "../pulumi/workspace";
import { type ListedEnvironment, type Listing, listEnvironments } from "../run/list";
import { printResult } from "./print";
import { type CommonOptions, withCommonOptions } from "./program-option";

/** `list`: the environments of the file, and which of them exist. */
export function listCommand(): Command {
  const command = new Command("list").description(
    "Lists the environments of access-env.yaml, and which of them exist.",
  );
  return withCommonOptions(command).action(async ({ program, json }: CommonOptions) => {
    const file = await readAccessEnv(program);
    const listing = listEnvironments(file, await listStacks(await openWorkspace(program, process.env)));
    await printResult({ command: "list", ...listing }, { json, lines: listingLines(listing) });
  });
}

function listingLines({ environments, patterns, others }: Listing): string[] {
  const width = Math.max(...environments.map(({ name }) => name.length), 0);
  return [
    ...environments.map((each) => `${each.name.padEnd(width)}  ${describe(each)}`),
    ...patterns.map(({ entry, count, max }) => `${entry}: ${count}${max === null ? "" : ` of at most ${max}`}`),
    ...(others.length === 0 ? [] : [`stacks that are not in the file: ${others.map((name) => word(name)).join(", ")}`]),
  ];
}

function describe({ name, entry, ttl, exists, lastUpdate, resources, ...environment }: ListedEnvironment): string {
  return [
    exists ? `exists, ${count(resources, "resource")}` : "does not exist",
    ...(lastUpdate === null ? [] : [`last update ${lastUpdate}`]),
    ...(environment.protected ? ["protected"] : []),
    ...(entry === name ? [] : [`of ${entry}`]),
    ...(ttl === null ? [] : [`meant to live ${ttl}`]),
  ].join(", ");
}
