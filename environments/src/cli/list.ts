import { count, word } from "xtremepush-access/text";
import { Command } from "xtremepush-access-review/cli";
import { readAccessEnv } from "../file/read-access-env";
import { listStacks, openWorkspace } from "../pulumi/workspace";
import { backendsOf, findRecords } from "../run/backend-records";
import { type ListedEnvironment, type Listing, listEnvironments } from "../run/list";
import { printResult } from "./print";
import { type CommonOptions, withCommonOptions } from "./program-option";
import { lifetimeFacts, lockFacts } from "./record-facts";

/** `list`: the environments of the file, and which of them exist. */
export function listCommand(): Command {
  const command = new Command("list").description(
    "Lists the environments of access-env.yaml, and which of them exist.",
  );
  return withCommonOptions(command).action(async ({ program, json }: CommonOptions) => {
    const file = await readAccessEnv(program);
    const workspace = await openWorkspace(program, process.env);
    const stacks = await listStacks(workspace);
    const { records, unknown } = await findRecords(backendsOf(file, workspace), workspace.project.name);
    const listing = listEnvironments(file, stacks, records);
    const lines = [...listingLines(listing), ...(unknown === null ? [] : ["", unknown])];
    await printResult({ command: "list", ...listing, unknown }, { json, lines });
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

function describe({
  name,
  entry,
  ttl,
  exists,
  lastUpdate,
  resources,
  expiresTime,
  lock,
  ...environment
}: ListedEnvironment): string {
  return [
    exists ? `exists, ${count(resources, "resource")}` : "does not exist",
    ...(lastUpdate === null ? [] : [`last update ${lastUpdate}`]),
    ...(environment.protected ? ["protected"] : []),
    ...(entry === name ? [] : [`of ${entry}`]),
    ...lifetimeFacts({ ttl, expiresTime }),
    ...lockFacts(lock),
  ].join(", ");
}
