import { inputsOf as clientInputs, outputs as clientOutputs } from "../dynamic/api-client/state";
import type { Location } from "../dynamic/run/location";
import type { Properties } from "../dynamic/run/wire";
import { inputsOf as grantInputs, serverOutputs as grantOutputs } from "../dynamic/scope-grant/state";
import { composeOwner, composeUrn, RESOURCE_TYPES } from "../protocol";
import type { DeclaredClient } from "./export-plan";

/** The stack for the exported program. */
export interface TargetStack {
  readonly owner: string;
  readonly stack: string;
  /** The name of the Pulumi project. */
  readonly pulumiProject: string;
}

/** A resource for `pulumi import --file`. With outputs, the engine imports it without a read. */
interface ImportEntry {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/**
 * Writes import.json. Each entry has the state that the handlers would have written.
 *
 * The inputs are those of the program, including the owner, so the next preview shows no change. The outputs have the live
 * owner, null: a refresh shows the difference, and the next `up` claims client and grant.
 */
export function importFile(location: Location, declared: readonly DeclaredClient[], target: TargetStack): string {
  const resources = declared.flatMap((each) => [
    clientEntry(location, each, target),
    ...(each.permissions === null ? [] : [grantEntry(location, each, target)]),
  ]);
  return `${JSON.stringify({ resources }, null, 2)}\n`;
}

function clientEntry(location: Location, { names, client }: DeclaredClient, target: TargetStack): ImportEntry {
  const { token: type, provider } = RESOURCE_TYPES.apiClient;
  const managedBy = ownerOf(target, type, names.resource);
  return {
    type,
    name: names.resource,
    id: client.id,
    inputs: { ...clientInputs(client), managedBy, __provider: provider },
    // The backend shows a secret only when it creates it.
    outputs: { ...clientOutputs(location, client, null), owner: managedBy, __provider: provider },
  };
}

function grantEntry(location: Location, { names, client }: DeclaredClient, target: TargetStack): ImportEntry {
  const { token: type, provider } = RESOURCE_TYPES.scopeGrant;
  const managedBy = ownerOf(target, type, names.resource);
  const inputs = grantInputs(client.grant);
  return {
    type,
    name: names.resource,
    id: client.id,
    inputs: { ...inputs, managedBy, __provider: provider },
    outputs: {
      ...inputs,
      managedBy: client.grant.managedBy,
      ...grantOutputs(location, client.grant),
      owner: managedBy,
      __provider: provider,
    },
  };
}

/** Composes the same owner as the classes in that stack, where no resource has a parent. */
function ownerOf({ owner, stack, pulumiProject }: TargetStack, type: string, name: string): string {
  return composeOwner(owner, composeUrn({ stack, pulumiProject, parent: "", type, name }));
}
