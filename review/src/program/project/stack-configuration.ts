import { readdirSync } from "node:fs";
import { quoted } from "xtremepush-access/text";
import { z } from "zod";
import { ReviewFailure } from "../../review-failure";
import { SECRET_PLACEHOLDER } from "../inputs/placeholder";
import { type PulumiProject, readYaml, yamlFile } from "./pulumi-project";

/** A stack as it is named: `dev`, `acme/dev` or `acme/shop/dev`. */
export interface StackName {
  readonly organization: string;
  readonly stack: string;
}

/** What the program of a stack is configured with. */
export interface StackConfiguration {
  /** Full keys, `acme:region`; what is encrypted is the placeholder. */
  readonly values: Readonly<Record<string, string>>;
  /** The keys with an encrypted value, sorted. */
  readonly secretKeys: readonly string[];
  /** The environments of Pulumi ESC that it imports, whose values nobody knows without the cloud. */
  readonly environments: readonly string[];
}

/** The organization of every state that Pulumi Cloud does not keep. */
const SELF_MANAGED = "organization";
const PART = /^[A-Za-z0-9_.-]+$/;

/**
 * Reads the name of a stack; without one, it is the stack of the only configuration file.
 *
 * @throws ReviewFailure when it has to be named, or cannot be a name.
 */
export function stackNameOf(project: PulumiProject, given: string | undefined): StackName {
  return readStackName(given ?? onlyStack(project));
}

/** Reads the name of a stack. @throws ReviewFailure when it cannot be one. */
export function readStackName(text: string): StackName {
  const parts = text.split("/");
  const stack = parts.at(-1) ?? "";
  if (parts.length > 3 || !parts.every((part) => PART.test(part) && part !== "." && part !== "..")) {
    throw new ReviewFailure(`${quoted(text)} is not the name of a stack: write dev, acme/dev or acme/shop/dev`);
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

/** The stacks that have a configuration file in this folder. */
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
 * Reads what the program of a stack is configured with: Pulumi.<stack>.yaml over the project's own values, and `overrides`
 * over both. A stack without a file has no configuration of its own.
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
  if (!read.success) throw new ReviewFailure(`${file} cannot be read: its form is not that of a stack's configuration`);
  // One after the other, because the same key can be written in several ways.
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

/** What Pulumi.yaml may say of a key besides its value. */
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

/** Any integer with all of its digits. */
function rawNumber(value: bigint): unknown {
  // Not in the types yet, and not in Node.js before 22.
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
