import { readFile } from "node:fs/promises";
import path from "node:path";
import { CONFIGURATION_KEYS } from "pulumi-xtremepush/protocol";
import { quoted } from "xtremepush-access/text";
import { type PulumiProject, readConfiguration, type StackConfiguration } from "xtremepush-access-review";
import { isMap, parseDocument } from "yaml";
import { refusal } from "../environment-failure";
import type { Environment } from "../file/find-environment";

/** The configuration of an environment, and the file that is still to be written for it. */
export interface Configured {
  readonly configuration: StackConfiguration;
  /** Null when the environment has a file of its own, or needs none. */
  readonly missing: { readonly file: string; readonly text: string } | null;
}

/**
 * Reads the configuration of an environment; without a file of its own, makes one from the environment that it is like.
 *
 * @throws EnvironmentFailure when there is no template, or only its own stack can read its secrets.
 */
export async function configurationOf(project: PulumiProject, environment: Environment): Promise<Configured> {
  const { name, like, project: slug } = environment;
  const own = await readConfigurationFile(project, name);
  if (own !== null || like === null) {
    const configuration = readConfiguration(project, name, {});
    if (own !== null) assertSameProject(configuration, environment);
    return { configuration, missing: null };
  }
  const template = await readConfigurationFile(project, like);
  if (template === null) {
    throw refusal(
      `${quoted(name)} is like ${quoted(like)}, but there is no Pulumi.${like}.yaml; write one, or remove \`like\``,
    );
  }
  const configuration = readConfiguration(project, like, slug === null ? {} : { [CONFIGURATION_KEYS.project]: slug });
  assertReadableElsewhere(template, configuration, like);
  const file = path.join(project.configFolder, `Pulumi.${name}.yaml`);
  return { configuration, missing: { file, text: slug === null ? template : withProject(template, slug) } };
}

async function readConfigurationFile({ configFolder }: PulumiProject, stack: string): Promise<string | null> {
  return readFile(path.join(configFolder, `Pulumi.${stack}.yaml`), "utf8").catch(() => null);
}

/** Keeps the comments of the template. */
function withProject(template: string, project: string): string {
  const document = parseDocument(template);
  // A `config:` with nothing in it is an empty map.
  if (!isMap(document.get("config"))) document.set("config", document.createNode({}));
  document.setIn(["config", CONFIGURATION_KEYS.project], project);
  return document.toString();
}

/** Two places that name different projects: one of them is not what its author means. */
function assertSameProject({ values }: StackConfiguration, { name, project }: Environment): void {
  const configured = values[CONFIGURATION_KEYS.project];
  if (project === null || configured === undefined || configured === project) return;
  throw refusal(
    `${quoted(name)} has the project ${quoted(project)} in access-env.yaml and ${quoted(configured)} in Pulumi.${name}.yaml; change one of them`,
  );
}

/** Pulumi Cloud encrypts each stack with a key of its own; the key of the other providers is in the file itself. */
function assertReadableElsewhere(template: string, { secretKeys }: StackConfiguration, like: string): void {
  const [secret] = secretKeys;
  if (secret === undefined || /^(?:encryptionsalt|encryptedkey):/m.test(template)) return;
  throw refusal(
    `${secret} in Pulumi.${like}.yaml is a secret that only its own stack can read; take it from the environment, or write the file of the new stack yourself`,
  );
}
