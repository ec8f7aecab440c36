import { Command, InvalidArgumentError, Option } from "commander";
import {
  AccessClient,
  type AccessClientOptions,
  actorToken,
  NotFoundError,
  warnBeforeTokenEnd,
} from "xtremepush-access";
import { ProjectSlug, USE_DAYS } from "xtremepush-access/schemas";
import { count, quoted, visible } from "xtremepush-access/text";
import { ENVIRONMENT_VARIABLES } from "../protocol";
import { CommandFailure } from "./command-failure";
import { type ExportPlan, planExport } from "./export-plan";
import { importFile } from "./import-file";
import { type LiveProject, readLiveProject } from "./live-project";
import { TERMINAL } from "./output";
import { programSource } from "./program-source";
import { type ExportedProject, packageJson, pulumiYaml, readme, tsconfigJson } from "./project-files";
import { assertFree, type Files, writeFolder } from "./target-folder";
import { readUnused, type Unused } from "./unused-permissions";

const HELP = `
Example:
  $ pulumi-xtremepush export --project acme --out access/

Reads the project with the actor token in XTREMEPUSH_TOKEN and changes nothing there. README.md in the folder lists the next
commands. The owner in the program begins with XTREMEPUSH_OWNER, or else with the organization of --stack.`;

export function exportCommand(): Command {
  return new Command("export")
    .description("Write a Pulumi program with every client and grant of a live project that no program manages yet.")
    .option("--project <slug>", "the project (default: XTREMEPUSH_PROJECT)", readSlug)
    .requiredOption("--out <folder>", "a new or empty folder")
    .option("--endpoint <url>", "the address of the backend (default: XTREMEPUSH_ENDPOINT)")
    .addOption(
      new Option("--stack <name>", "the stack for the import; on Pulumi Cloud with its organization, as in acme/dev")
        .argParser(readStack)
        .default({ organization: null, name: "dev" }, "dev"),
    )
    .option(
      "--unused-days <days>",
      "write above each grant what it has and gateways have not seen used for so long",
      readDays,
    )
    .addHelpText("after", HELP)
    .action(exportProject);
}

interface Stack {
  readonly organization: string | null;
  readonly name: string;
}

interface ExportOptions {
  readonly project?: string;
  readonly out: string;
  readonly endpoint?: string;
  readonly stack: Stack;
  readonly unusedDays?: number;
}

async function exportProject({ out, stack, unusedDays, ...options }: ExportOptions): Promise<void> {
  await assertFree(out);
  const source = sourceOf(options, process.env);
  const { endpoint, project, token } = source;
  const onTokenEnd = warnBeforeTokenEnd(endpoint, (warning) => TERMINAL.err(`warning: ${warning}`));
  const access = new AccessClient({ endpoint, token, userAgent: "pulumi-xtremepush", onTokenEnd });
  const live = await readLiveProject(access, project, TERMINAL).catch((error) => {
    throw explainError(error);
  });
  const plan = planExport(live.clients);
  assertAnyDeclared(live, plan);
  const unused = unusedDays === undefined ? null : await readUnused(access, project, unusedDays);
  if (typeof unused === "string") TERMINAL.err(`Nothing is marked as unused: ${unused}.`);
  const files = filesOf(
    { live, plan, unused: typeof unused === "string" ? null : unused },
    exportedProject(source, stack),
  );
  await writeFolder(out, files);
  for (const line of summary(out, plan)) TERMINAL.err(line);
}

function readSlug(text: string): string {
  const slug = ProjectSlug.safeParse(text);
  if (slug.success) return slug.data;
  throw new InvalidArgumentError(slug.error.issues.map(({ message }) => message).join("; "));
}

function readDays(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= USE_DAYS) return days;
  throw new InvalidArgumentError(`a whole number of days, 1 to ${USE_DAYS}.`);
}

function readStack(text: string): Stack {
  const [, organization = null, name] = /^(?:([\w.-]{1,100})\/)?([\w.-]{1,100})$/.exec(text) ?? [];
  if (name !== undefined) return { organization, name };
  throw new InvalidArgumentError("a stack is a name of letters, digits, dots, - and _, or organization/name.");
}

/** The project to export, and the token that reads it. */
interface Source {
  readonly endpoint: string;
  readonly project: string;
  readonly token: NonNullable<AccessClientOptions["token"]>;
}

/** The token is never an argument, which other users of the machine could see. An empty variable counts as not set. */
function sourceOf(
  options: Omit<ExportOptions, "out" | "stack" | "unusedDays">,
  environment: NodeJS.ProcessEnv,
): Source {
  const endpoint = options.endpoint || environment[ENVIRONMENT_VARIABLES.endpoint] || "";
  const project = options.project || environment[ENVIRONMENT_VARIABLES.project] || "";
  const token = actorToken({ endpoint, environment }) ?? "";
  const given = { endpoint, project, token };
  const missing = (["endpoint", "project", "token"] as const).filter((name) => given[name] === "");
  if (missing.length === 0) return given;
  throw new CommandFailure(
    `Not set: ${missing.map((name) => ENVIRONMENT_VARIABLES[name]).join(", ")}. The export needs the address of the backend (also as --endpoint), the project (also as --project), and an actor token with access to the project in XTREMEPUSH_TOKEN (or, in a pipeline, XTREMEPUSH_OIDC).`,
    2,
  );
}

function explainError(error: unknown): unknown {
  if (!NotFoundError.is(error) || error.code !== "project_not_found") return error;
  return new CommandFailure(`${visible(error.message)}; the token in XTREMEPUSH_TOKEN must have access to it.`);
}

function assertAnyDeclared({ project, clients }: LiveProject, { declared, leftOut }: ExportPlan): void {
  if (clients.length === 0) throw new CommandFailure(`The project ${project} has no clients: nothing was written.`);
  if (declared.length > 0) return;
  const [first] = leftOut;
  const example = first === undefined ? "" : `; for ${quoted(first.client.name)}, ${first.why}`;
  throw new CommandFailure(
    `None of the ${count(clients.length, "client")} of ${project} can be written${example}: nothing was written.`,
  );
}

const PULUMI_ORGANIZATION = "organization";

function exportedProject({ endpoint, project }: Source, stack: Stack): ExportedProject {
  const configuredOwner = process.env[ENVIRONMENT_VARIABLES.owner] || null;
  const owner = configuredOwner ?? stack.organization ?? PULUMI_ORGANIZATION;
  return {
    endpoint,
    project,
    target: { owner, stack: stack.name, pulumiProject: `${project}-access` },
    stackName: stack.organization === null ? stack.name : `${stack.organization}/${stack.name}`,
    configuredOwner,
  };
}

interface Exported {
  readonly live: LiveProject;
  readonly plan: ExportPlan;
  /** Null when it is not asked for, or not known. */
  readonly unused: Unused | null;
}

/** Pulumi.yaml comes last: without it, Pulumi commands do not accept the folder as a program. */
function filesOf({ live, plan, unused }: Exported, exported: ExportedProject): Files {
  return [
    ["index.ts", programSource(plan, unused)],
    ["import.json", importFile(live, plan.declared, exported.target)],
    ["package.json", packageJson(exported)],
    ["tsconfig.json", tsconfigJson()],
    ["README.md", readme(exported, plan)],
    ["Pulumi.yaml", pulumiYaml(exported)],
  ];
}

function summary(out: string, { declared, leftOut }: ExportPlan): string[] {
  const grants = declared.filter(({ permissions }) => permissions !== null).length;
  const left = leftOut.map(({ client, what, why }) => {
    const name = quoted(client.name);
    return `Left out: ${what === "client" ? name : `the permissions of ${name}`}, because ${why}.`;
  });
  return [
    ...left,
    `Wrote ${count(declared.length, "client")} and ${count(grants, "grant")} into ${out}; nothing was changed on the backend.`,
    `Next: the commands in ${out.replace(/\/+$/, "")}/README.md.`,
  ];
}
