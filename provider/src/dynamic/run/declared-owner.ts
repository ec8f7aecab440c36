import { z } from "zod";
import { composeOwner, DECLARED_BY, type DeclaredOwner, ENVIRONMENT_VARIABLES } from "../../protocol";
import type { Properties } from "./wire";

const Declared: z.ZodType<DeclaredOwner> = z.object({ owner: z.string(), isChosen: z.boolean(), urn: z.string() });

/**
 * Sets `managedBy` as the program declares it.
 *
 * With `ignoreChanges` the engine sends the owner of the state, which after a refresh may be another program. And an inline
 * program of the Automation API runs without the `envVars` of its workspace, which only this process has.
 */
export function withDeclaredOwner(given: Properties, environment: NodeJS.ProcessEnv): Properties {
  const { [DECLARED_BY]: declaredBy, ...inputs } = given;
  const declared = Declared.safeParse(declaredBy);
  if (!declared.success) return inputs;
  const { owner, isChosen, urn } = declared.data;
  const chosen = isChosen ? owner : environment[ENVIRONMENT_VARIABLES.owner] || owner;
  return { ...inputs, managedBy: composeOwner(chosen, urn) };
}
