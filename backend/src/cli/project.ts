import { Command } from "commander";
import type { Project } from "xtremepush-access";
import { visible, visibleJson } from "xtremepush-access/text";
import { accessFromEnvironment } from "./access";
import { TERMINAL, type View, writeListing } from "./output";
import { plainTime } from "./plain-time";

const PROJECTS: View<Project> = {
  columns: {
    PROJECT: ({ slug }) => slug,
    NAME: ({ name }) => name,
    CREATED: ({ createdTime }) => plainTime(createdTime),
    BY: ({ createdBy }) => createdBy,
  },
  empty: "No projects yet: make one with `xtremepush-access-backend project create SLUG`.",
};

export function projectCommand(): Command {
  const command = new Command("project").description("Make and list projects.");
  command
    .command("create")
    .description("Make a project; its slug never changes.")
    .argument("<slug>", "lower-case letters, digits and inner hyphens")
    .option("--name <name>", "a name for people", undefined)
    .option("--json", "write JSON", false)
    .addHelpText("after", '\nExample:\n  $ xtremepush-access-backend project create retail --name "Retail EU"')
    .action(createProject);
  command
    .command("list")
    .description("List the projects that the actor sees.")
    .option("--json", "write JSON", false)
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend project list --json")
    .action(({ json }: { json: boolean }) =>
      writeListing(TERMINAL, accessFromEnvironment().projects.list({ limit: 1_000 }), { json, view: PROJECTS }),
    );
  return command;
}

async function createProject(slug: string, { name, json }: { name?: string; json: boolean }): Promise<void> {
  const project = await accessFromEnvironment().projects.create({ slug, ...(name !== undefined && { name }) });
  TERMINAL.out(json ? visibleJson(project) : `Made the project ${visible(project.slug)} (${visible(project.name)}).`);
}
