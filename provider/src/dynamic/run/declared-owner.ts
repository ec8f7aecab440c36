import { z } from "zod";
import { composeOwner, DECLARED_BY, ENVIRONMENT_VARIABLES, UNKNOWN } from "../../protocol";
import type { Properties } from "./wire";

/** As a `DeclaredOwner` arrives. */
const Sent = z.object({
  owner: z.string(),
  isChosen: z.boolean(),
  urn: z.string(),
  clientName: z.string().optional().catch(undefined),
});

/** What a class declares. */
export interface Declared {
  readonly inputs: Properties;
  /** Of a grant: the name of its client; null when it is not known. */
  readonly clientName: string | null;
}

/**
 * Sets `managedBy` as the program declares it, and takes the hidden input of the class out of the inputs.
 *
 * With `ignoreChanges` the engine sends the owner of the state, which after a refresh may be another program. And an inline
 * program of the Automation API runs without the `envVars` of its workspace, which only this process has.
 */
export function readDeclared(given: Properties, environment: NodeJS.ProcessEnv): Declared {
  const { [DECLARED_BY]: declaredBy, ...inputs } = given;
  const sent = Sent.safeParse(declaredBy);
  if (!sent.success) return { inputs, clientName: null };
  const { owner, isChosen, urn, clientName = UNKNOWN } = sent.data;
  const chosen = isChosen ? owner : environment[ENVIRONMENT_VARIABLES.owner] || owner;
  return {
    inputs: { ...inputs, managedBy: composeOwner(chosen, urn) },
    clientName: clientName === UNKNOWN ? null : clientName,
  };
}
