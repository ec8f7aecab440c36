import { quoted } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import { type Delivery, fieldsOf } from "../file/delivery";
import type { StackState, StateClient } from "../pulumi/stack-state";
import type { Values } from "./destination";

/** A credential as a delivery needs it. */
export interface Credential {
  /** Of a client only. */
  readonly clientId: string | null;
  readonly secretVersion: number | null;
  readonly values: Values;
}

/** What a delivery delivers, for people: `client "CRM sync"`. */
export function describeCredential({ client, output }: Delivery): string {
  return client === undefined ? `output ${quoted(output ?? "")}` : `client ${quoted(client)}`;
}

/**
 * Finds what a delivery delivers in the state of its stack.
 *
 * @throws EnvironmentFailure when the program does not have it.
 */
export function credentialOf(delivery: Delivery, state: StackState): Credential {
  if (delivery.client === undefined) return outputOf(delivery.output ?? "", state);
  const client = onlyClient(delivery.client, state.clients);
  const { clientId, clientSecret, project, secretVersion } = client;
  if (clientSecret === null && wantsSecret(delivery)) {
    throw new EnvironmentFailure(
      `the client ${quoted(client.name)} has no secret to deliver; deliver its clientId alone`,
    );
  }
  const secret = clientSecret === null ? {} : { clientSecret };
  return { clientId, secretVersion, values: { clientId, ...secret, project } };
}

function outputOf(name: string, { outputs }: StackState): Credential {
  const value = Object.hasOwn(outputs, name) ? outputs[name] : undefined;
  if (value === undefined || value === null) {
    throw new EnvironmentFailure(`the stack has no output ${quoted(name)}, ${onlyThese(Object.keys(outputs))}`);
  }
  return {
    clientId: null,
    secretVersion: null,
    values: { value: typeof value === "string" ? value : JSON.stringify(value) },
  };
}

/** Finds a client by its name. @throws EnvironmentFailure when there is none, or there are two. */
export function onlyClient(name: string, clients: readonly StateClient[]): StateClient {
  const [client, second] = clients.filter((each) => each.name === name.trim().normalize("NFC"));
  if (client === undefined) {
    const names = clients.map((each) => each.name);
    throw new EnvironmentFailure(`the program makes no client ${quoted(name)}, ${onlyThese(names)}`);
  }
  if (second === undefined) return client;
  throw new EnvironmentFailure(
    `the program makes two clients ${quoted(name)}, in ${client.project} and ${second.project}; deliver an output instead`,
  );
}

/** Whether a delivery brings the secret: it asks for it, or takes all fields. */
export function bringsSecret(delivery: Delivery): boolean {
  return fieldsOf(delivery).length === 0 || wantsSecret(delivery);
}

function wantsSecret(delivery: Delivery): boolean {
  return fieldsOf(delivery).some(({ field }) => field === "clientSecret");
}

/** How many names a message lists. */
const NAMES_MAX = 5;

function onlyThese(names: readonly string[]): string {
  if (names.length === 0) return "and none at all";
  const more = names.length > NAMES_MAX ? ` and ${names.length - NAMES_MAX} more` : "";
  return `only ${names
    .slice(0, NAMES_MAX)
    .map((name) => quoted(name))
    .join(", ")}${more}`;
}
