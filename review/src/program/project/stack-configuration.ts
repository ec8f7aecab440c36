import { readdirSync } from "node:fs";
import { quoted } from "xtremepush-access/text";
import { z } from "zod";
import { ReviewFailure } from "../../review-failure";
import { SECRET_PLACEHOLDER } from "../inputs/placeholder";
import { type PulumiProject, readYaml, yamlFile } from "./pulumi-project";

/** The parts of `dev`, `acme/dev` or `acme/shop/dev`. */
export interface StackName {
  readonly organization: string;
  readonly stack: string;
}

export interface StackConfiguration {
  /** Values by full key, `acme:region`; a placeholder replaces what is encrypted. */
  readonly values: Readonly<Record<string, string>>;
  /** The keys with an encrypted value, sorted. */
  readonly secretKeys: readonly string[];
  /** The Pulumi ESC environments that it imports. Their values are unknown without the cloud. */
  readonly environments: readonly string[];
}

/** The organization of every stack outside Pulumi Cloud. */
const SELF_MANAGED = "organization";
const PART = /^[A-Za-z0-9_.-]+$/;

/**
 * Reads the name of a stack; without one, takes the stack of the only configuration file.
 *
 * @throws ReviewFailure when there are several stacks or the name is not valid.
 */
export function stackNameOf(project: PulumiProject, given: string | undefined): StackName {
  return readStackName(given ?? onlyStack(project));
}

/** Reads the name of a stack. @throws ReviewFailure when it is not valid. */
export function readStackName(text: string): StackName {
  const parts = text.split("/");
  const stack = parts.at(-1) ?? "";
  if (parts.length > 3 || !parts.every((part) => PART.test(part) && part !== "." && part !== "..")) {
    throw new ReviewFailure(`${quoted(text)} is not a stack name: write dev, acme/dev or acme/shop/dev`);
  }
  return { organization: parts.length > 1 ? (parts[0] ?? SELF_MANAGED) : SELF_MANAGED, stack };
}

function onlyStack({ configFolder, folder }: PulumiProject): string {
  const stacks = configuredStacks(configFolder);
  const [only, ...others] = stacks;
  if (only !== undefined && others.length === 0) return only;
  const found = only === undefined ? "no Pulumi.<stack>.yaml" : `the stacks ${stacks.join(", ")}`;
  throw new ReviewFailure(`${folder} has ${found}; name the stack with --stack`);
}

/** Lists the stacks that have a configuration file in a folder. */
export function configuredStacks(folder: string): string[] {
  const names = readdirSync(folder).flatMap(
    (file) => /^Pulumi\.([A-Za-z0-9_.-]+)\.(?:ya?ml|json)$/.exec(file)?.[1] ?? [],
  );
  return [...new Set(names)].toSorted();
}

const StackFile = z
  .object({
    config: z.record(z.string(), z.unknown()).nullish(),
    environment: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish(),
  })
  .nullish();

/**
 * Reads the configuration of a stack. `overrides` win over Pulumi.<stack>.yaml, which wins over Pulumi.yaml. A stack
 * without a file has no configuration of its own.
 *
 * @throws ReviewFailure when the file cannot be read.
 */
export function readConfiguration(
  project: PulumiProject,
  stack: string,
  overrides: Readonly<Record<string, string>>,
): StackConfiguration {
  const file = yamlFile(project.configFolder, `Pulumi.${stack}`);
  const read = StackFile.safeParse(file === undefined ? undefined : readYaml(file));
  if (!read.success) throw new ReviewFailure(`${file} is not a valid stack configuration`);
  // Merged by full key, because one key can be written in several ways.
  const layers = [projectDefaults(project.config), read.data?.config ?? {}, overrides];
  const given = layers.flatMap((layer) => Object.entries<unknown>(layer));
  const entries = [...new Map(given.map(([key, value]) => [fullKey(project.name, key), value]))];
  return {
    values: Object.fromEntries(entries.map(([key, value]) => [key, textOf(value)])),
    secretKeys: entries.flatMap(([key, value]) => (holdsSecret(value) ? [key] : [])).toSorted(),
    environments: environmentsOf(read.data?.environment),
  };
}

/** A key without a namespace is the project's own; `acme:config:region` is an old way to write `acme:region`. */
function fullKey(project: string, key: string): string {
  if (!key.includes(":")) return `${project}:${key}`;
  return key.replace(/^([^:]+):config:/, "$1:");
}

/** The fields that a key may have in Pulumi.yaml. */
const DECLARATION = ["type", "description", "default", "value", "secret", "items"];

function projectDefaults(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(config).flatMap(([key, declared]) => {
    if (!isRecord(declared) || !Object.keys(declared).every((field) => DECLARATION.includes(field)))
      return [[key, declared]];
    const value = declared["value"] ?? declared["default"];
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(entries);
}

function textOf(value: unknown): string {
  if (isEncrypted(value)) return SECRET_PLACEHOLDER;
  if (typeof value === "string") return value;
  return JSON.stringify(value, (_, inner: unknown) => {
    if (isEncrypted(inner)) return SECRET_PLACEHOLDER;
    return typeof inner === "bigint" ? rawNumber(inner) : inner;
  });
}

/** Writes an integer with all its digits. */
function rawNumber(value: bigint): unknown {
  // The types do not cover it yet.
  const { rawJSON } = JSON as { rawJSON?: (text: string) => unknown };
  return rawJSON?.(String(value)) ?? Number(value);
}

function holdsSecret(value: unknown): boolean {
  if (isEncrypted(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}

function isEncrypted(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function environmentsOf(environment: unknown): string[] {
  if (environment === undefined || environment === null) return [];
  if (!Array.isArray(environment)) return ["its own"];
  return environment.map((entry) => (typeof entry === "string" ? entry : Object.keys(Object(entry)).join(", ")));
}
