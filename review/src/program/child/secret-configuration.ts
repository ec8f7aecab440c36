import { SECRET_PLACEHOLDER } from "../inputs/placeholder";
import { currentStack, positionIn } from "./call-stack";
import { type Method, replaceMethod } from "./replaced-method";
import { sendReport } from "./send-report";

/** The used part of output.js of @pulumi/pulumi 3.259.0. */
export interface SecretModule {
  readonly Output: new (
    resources: unknown[],
    value: unknown,
    isKnown: unknown,
    isSecret: unknown,
    all: unknown,
  ) => unknown;
  readonly secret: (value: unknown) => unknown;
  readonly unknown: unknown;
}

/**
 * Lets a program read values that only the stack's passphrase or cloud can decrypt. Read as a secret, they are unknown.
 * Read as a plain value, they are placeholders of the requested type, and the read is reported.
 */
export function replaceSecretConfiguration(config: object, outputs: SecretModule): void {
  for (const [method, fallback] of PLAIN) {
    replaceMethod(config, method, (original) =>
      replaceEncrypted(original, (key, text) => plainValue(key, text, fallback)),
    );
  }
  for (const method of SECRETS) {
    const isObject = method.endsWith("Object");
    replaceMethod(config, method, (original) =>
      replaceEncrypted(original, (_, text) => secretValue(text, isObject, outputs)),
    );
  }
}

/** The methods that read a plain value, and the placeholder for each type. */
const PLAIN: readonly (readonly [string, unknown])[] = ["get", "require"].flatMap((verb) => [
  [verb, SECRET_PLACEHOLDER] as const,
  [`${verb}Boolean`, false] as const,
  [`${verb}Number`, 0] as const,
  [`${verb}Object`, undefined] as const,
]);
const SECRETS = ["get", "require"].flatMap((verb) =>
  ["Secret", "SecretBoolean", "SecretNumber", "SecretObject"].map((type) => `${verb}${type}`),
);

interface Config {
  readonly name: string;
}

function replaceEncrypted(original: Method, answer: (key: string, text: string) => unknown): Method {
  return function (key, ...rest) {
    const name = `${(this as Config).name}:${String(key)}`;
    const text = configuration()[name];
    if (typeof text !== "string" || !text.includes(SECRET_PLACEHOLDER))
      return Reflect.apply(original, this, [key, ...rest]);
    return answer(name, text);
  };
}

function configuration(): Readonly<Record<string, unknown>> {
  return JSON.parse(process.env["PULUMI_CONFIG"] ?? "{}");
}

function secretValue(text: string, isObject: boolean, { Output, secret, unknown }: SecretModule): unknown {
  if (!isObject || text === SECRET_PLACEHOLDER) {
    return new Output(
      [],
      Promise.resolve(undefined),
      Promise.resolve(false),
      Promise.resolve(true),
      Promise.resolve([]),
    );
  }
  // The parts that are not encrypted stay known.
  return secret(JSON.parse(text, (_, value: unknown) => (value === SECRET_PLACEHOLDER ? unknown : value)));
}

function plainValue(key: string, text: string, fallback: unknown): unknown {
  if (fallback !== undefined) {
    reportRead(key);
    return fallback;
  }
  if (text === SECRET_PLACEHOLDER) {
    reportRead(key);
    return {};
  }
  return withReportingParts(key, JSON.parse(text));
}

/** Reports the read only when the program reads an encrypted part of an object. */
function withReportingParts(key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const [name, part] of Object.entries(value)) {
    if (part !== SECRET_PLACEHOLDER) {
      withReportingParts(key, part);
      continue;
    }
    const get = () => {
      reportRead(key);
      return SECRET_PLACEHOLDER;
    };
    Object.defineProperty(value, name, { get, enumerable: true, configurable: true });
  }
  return value;
}

function reportRead(key: string): void {
  sendReport({ kind: "secret", key, at: positionIn(currentStack()) });
}
