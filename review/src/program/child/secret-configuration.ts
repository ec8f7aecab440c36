import { SECRET_PLACEHOLDER } from "../inputs/placeholder";
import { currentStack, positionIn } from "./call-stack";
import { type Method, replaceMethod } from "./replaced-method";
import { sendReport } from "./send-report";

/** What of the SDK's outputs is needed here; output.js of @pulumi/pulumi 3.259.0. */
export interface OutputModule {
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
 * Lets a program ask for values that only the stack's passphrase or cloud can decrypt: as a secret, they are not known; as
 * plain values, they are placeholders of the type that was asked for, and that is reported.
 */
export function replaceSecretConfiguration(config: object, outputs: OutputModule): void {
  for (const [method, fallback] of PLAIN) {
    replaceMethod(config, method, (original) => encryptedOr(original, (key, text) => plainValue(key, text, fallback)));
  }
  for (const method of SECRETS) {
    const isObject = method.endsWith("Object");
    replaceMethod(config, method, (original) =>
      encryptedOr(original, (_, text) => secretValue(text, isObject, outputs)),
    );
  }
}

/** How a program asks for a plain value, and the placeholder of each type. */
const PLAIN: readonly (readonly [string, unknown])[] = ["get", "require"].flatMap((verb) => [
  [verb, SECRET_PLACEHOLDER] as const,
  [`${verb}Boolean`, false] as const,
  [`${verb}Number`, 0] as const,
  [`${verb}Object`, undefined] as const,
]);
const SECRETS = ["get", "require"].flatMap((verb) =>
  ["Secret", "SecretBoolean", "SecretNumber", "SecretObject"].map((type) => `${verb}${type}`),
);

/** What a `Config` of the SDK offers to everybody. */
interface Config {
  readonly name: string;
}

function encryptedOr(original: Method, answer: (key: string, text: string) => unknown): Method {
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

function secretValue(text: string, isObject: boolean, { Output, secret, unknown }: OutputModule): unknown {
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
    sendFailure(key);
    return fallback;
  }
  if (text === SECRET_PLACEHOLDER) {
    sendFailure(key);
    return {};
  }
  return withTellingParts(key, JSON.parse(text));
}

/** Only who reads an encrypted part of an object goes on with a placeholder. */
function withTellingParts(key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const [name, part] of Object.entries(value)) {
    if (part !== SECRET_PLACEHOLDER) {
      withTellingParts(key, part);
      continue;
    }
    const get = () => {
      sendFailure(key);
      return SECRET_PLACEHOLDER;
    };
    Object.defineProperty(value, name, { get, enumerable: true, configurable: true });
  }
  return value;
}

function sendFailure(key: string): void {
  sendReport({ kind: "secret", key, at: positionIn(currentStack()) });
}
