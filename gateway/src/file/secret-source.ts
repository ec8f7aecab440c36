import { readFileSync } from "node:fs";
import path from "node:path";
import { quoted, word } from "xtremepush-access/text";
import { z } from "zod";
import { codeOf, refusal } from "../gateway-failure";

const PLACES = "must say where the secret is: { variable: NAME } or { file: NAME }";

/** Where a secret is: a secret itself is never in gateway.yaml. */
export const SecretSource = z
  .strictObject(
    {
      variable: z
        .string()
        .regex(/^[A-Za-z_]\w*$/, "must be the name of an environment variable")
        .optional()
        .meta({ description: "The environment variable that holds it" }),
      file: z
        .string()
        .min(1)
        .optional()
        .meta({ description: "The file that holds it, from the folder of gateway.yaml" }),
    },
    { error: ({ code }) => (code === "invalid_type" ? PLACES : undefined) },
  )
  .refine(({ variable, file }) => (variable === undefined) !== (file === undefined), "needs either variable or file")
  .meta({ description: "Where a secret is: in an environment variable, or in a file" });
export type SecretSource = z.output<typeof SecretSource>;

/** Where secrets are looked up. */
export interface Surroundings {
  /** The folder of gateway.yaml. */
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** A secret longer than this is a file that was named by mistake. */
const SECRET_MAX = 8_192;

/**
 * Reads a secret; the end of its last line does not belong to it.
 *
 * @throws GatewayFailure that names `what`, and the variable or the file, never the value.
 */
export function readSecret(source: SecretSource, what: string, { folder, environment }: Surroundings): string {
  const { variable, file } = source;
  const where = variable === undefined ? `the file ${quoted(file ?? "")}` : `the variable ${word(variable)}`;
  const text = variable === undefined ? readText(path.resolve(folder, file ?? ""), what) : environment[variable];
  const secret = (text ?? "").replace(/\r?\n$/, "");
  if (secret === "") throw refusal(`${what}: ${where} is ${text === undefined ? "not set" : "empty"}`);
  if (secret.length > SECRET_MAX || !/^[\x21-\x7e]+$/.test(secret)) {
    throw refusal(`${what}: ${where} must hold one line of printable ASCII without spaces, and nothing else`);
  }
  return secret;
}

/** A secret as it is now: its file may be replaced while the gateway runs, and a variable stays as it is. */
export class Secret {
  /** Its place in gateway.yaml. */
  readonly name: string;
  /** Null for that of a variable. */
  readonly file: string | null;
  readonly #read: () => string;
  #text: string;

  constructor(name: string, file: string | null, read: () => string) {
    this.name = name;
    this.file = file;
    this.#read = read;
    this.#text = read();
  }

  get text(): string {
    return this.#text;
  }

  /** Reads it again. @returns whether it is another one now. @throws what `read` throws; the one of before stays. */
  refresh(): boolean {
    const before = this.#text;
    this.#text = this.#read();
    return this.#text !== before;
  }
}

/** The secrets of one gateway. */
export class Secrets {
  readonly #surroundings: Surroundings;
  readonly #all: Secret[] = [];

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Those that were read. */
  get all(): readonly Secret[] {
    return this.#all;
  }

  /**
   * Reads a secret.
   *
   * @param name Its place in gateway.yaml.
   * @param check throws for a secret that cannot be used.
   * @throws GatewayFailure as `readSecret`.
   */
  read(source: SecretSource, name: string, check?: (text: string) => void): Secret {
    const file = source.file === undefined ? null : path.resolve(this.#surroundings.folder, source.file);
    const secret = new Secret(name, file, () => {
      const text = readSecret(source, name, this.#surroundings);
      check?.(text);
      return text;
    });
    this.#all.push(secret);
    return secret;
  }
}

/** Reads a text file that gateway.yaml names. @throws GatewayFailure that names `what` and the file. */
export function readText(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw refusal(`${what}: the file ${quoted(file)} cannot be read (${codeOf(error)})`);
  }
}
