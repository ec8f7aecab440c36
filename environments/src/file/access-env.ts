import { Lifetime, ProjectSlug } from "xtremepush-access/schemas";
import { quoted } from "xtremepush-access/text";
import { z } from "zod";
import { isBranchTemplate } from "./branch-names";
import { Delivery } from "./delivery";
import { isPattern, NAME, PATTERN, PLACEHOLDER, withName } from "./environment-name";
import { findSharedVariables } from "./shared-variables";

/** The file, beside Pulumi.yaml. */
export const ACCESS_ENV_FILE = "access-env.yaml";

const ACCESS_ENV_VERSION = 1;

/** Any name that is short enough: whether a project is valid for one environment is seen when its name is known. */
const ANY_NAME = "a";

const EntryName = z
  .string()
  .refine(
    (name) => NAME.test(name) || PATTERN.test(name),
    "a name is at most 100 letters, digits, dots, hyphens and underscores, and may have one *",
  );

const Project = z
  .string()
  .refine(
    (project) => ProjectSlug.safeParse(withName(project, ANY_NAME)).success,
    `a project is 1 to 63 lower-case letters, digits and inner hyphens, and may have ${PLACEHOLDER}`,
  );

const Branch = z
  .string()
  .max(200)
  .refine(isBranchTemplate, "a branch has either {*}, what the * of the pattern stands for, or {name}, once");

const Entry = z
  .strictObject({
    protected: z.boolean().default(false).meta({ description: "Whether `down` refuses to take it down" }),
    like: z
      .string()
      .optional()
      .meta({ description: "The environment whose Pulumi.<name>.yaml is the template, where its own is missing" }),
    project: Project.optional().meta({
      description: `The project in the configuration that is made from the template: acme-${PLACEHOLDER}`,
    }),
    ttl: Lifetime.optional().meta({
      description: "How long an environment of the pattern lives after each `up`; then `reap` removes it: 72h",
    }),
    branch: Branch.optional().meta({
      description:
        "The branch of an environment of the pattern, without which `reap --branches` removes it: feature/{*}",
    }),
    max: z.int().min(1).optional().meta({ description: "How many environments of the pattern may exist at a time" }),
    deliver: z.array(Delivery).optional().meta({ description: "Its own deliveries, in place of the common ones" }),
  })
  .meta({ description: "A Pulumi stack, whose configuration is in its Pulumi.<name>.yaml" });
export type Entry = z.output<typeof Entry>;

/** `access-env.yaml`. */
export const AccessEnv = z
  .strictObject({
    version: z.literal(ACCESS_ENV_VERSION),
    environments: z
      // An entry without settings is written as `dev:` or `dev: {}`.
      .record(
        EntryName,
        Entry.nullable().transform((entry) => entry ?? Entry.parse({})),
      )
      .refine((entries) => Object.keys(entries).length > 0, "name at least one environment")
      .meta({ description: "By name, or by a pattern for short-lived ones: pr-*" }),
    deliver: z.array(Delivery).default([]).meta({ description: "What is delivered in every environment" }),
  })
  .superRefine(({ environments, deliver }, context) => {
    const deliveries = Object.entries(environments).map(([name, entry]) => ({
      entry: name,
      deliver: deliveriesOf({ environments, deliver }, entry),
    }));
    for (const { entry, message } of findSharedVariables(deliveries)) {
      context.addIssue({ code: "custom", path: ["environments", entry], message });
    }
    for (const [name, entry] of Object.entries(environments)) {
      for (const [field, message] of entryProblems(name, entry, environments)) {
        context.addIssue({ code: "custom", path: ["environments", name, field], message });
      }
    }
  });
export type AccessEnv = z.output<typeof AccessEnv>;

/** What an entry delivers: its own deliveries, else those of its template, else the common ones. */
export function deliveriesOf(
  { environments, deliver }: Pick<AccessEnv, "environments" | "deliver">,
  entry: Entry,
): readonly Delivery[] {
  const template = entry.like === undefined ? undefined : environments[entry.like];
  return entry.deliver ?? template?.deliver ?? deliver;
}

type Problem = readonly [field: keyof Entry, message: string];

/** What is wrong with an entry beside the others. */
function entryProblems(name: string, entry: Entry, environments: Readonly<Record<string, Entry>>): Problem[] {
  const { like, project, ttl, max, branch } = entry;
  const ofPattern = "is only for a pattern, such as pr-*";
  return [
    ...(like === undefined ? [] : likeProblems(name, like, environments)),
    ...(project !== undefined && like === undefined
      ? [["project", `needs \`like\`; without it, the project is in Pulumi.${name}.yaml`] as const]
      : []),
    ...(ttl !== undefined && !isPattern(name) ? [["ttl", ofPattern] as const] : []),
    ...(branch !== undefined && !isPattern(name) ? [["branch", ofPattern] as const] : []),
    ...(max !== undefined && !isPattern(name) ? [["max", ofPattern] as const] : []),
  ];
}

function likeProblems(name: string, like: string, environments: Readonly<Record<string, Entry>>): Problem[] {
  const template = environments[like];
  if (template === undefined || isPattern(like)) return [["like", `there is no environment ${quoted(like)}`]];
  if (like === name) return [["like", "an environment is not its own template"]];
  return template.like === undefined ? [] : [["like", `${quoted(like)} has a template itself; name that one`]];
}
