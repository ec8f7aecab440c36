import type { ClientDiff, PermissionChange } from "../model/access-diff";
import { CONDITIONS, type Condition, type ConditionName, type Conditions } from "./conditions";

/** What a rule can match: what happens to a client, or one permission that it gains. */
export interface Change {
  readonly pulumiProject: string;
  readonly stack: string;
  /** Whether it is in the stack's own backend and project, not where an explicit `Provider` points. */
  readonly isDefaultLocation: boolean;
  readonly client: ClientDiff;
  readonly permission: PermissionChange | null;
}

/** Whether a change meets all conditions. Permission conditions apply to each gained permission, others to the client. */
export function matchesChange(when: Conditions, { stack, client, permission }: Change): boolean {
  if (permission !== null) return asksForPermissions(when) && meetsAll(when, { stack, client, permission });
  return (!asksForPermissions(when) || client.effects.includes("unknown")) && meetsAll(when, { stack, client });
}

/** Whether an uncertain stack meets all conditions. Anything may happen there, so its name decides. */
export function matchesStack(when: Conditions, stack: string): boolean {
  return meetsAll(when, { stack });
}

const ROWS: readonly (readonly [ConditionName, Condition])[] = Object.entries(CONDITIONS).map(
  // Object.entries loses the names.
  ([name, condition]) => [name as ConditionName, condition],
);

/** Whether a rule is about the permissions that a client gains. */
export function asksForPermissions(when: Conditions): boolean {
  return ROWS.some(([name, { of }]) => of === "permission" && when[name] !== undefined);
}

/** What is known. Whatever is missing may be anything, and meets every condition. */
type Facts = Pick<Change, "stack"> & { readonly client?: ClientDiff; readonly permission?: PermissionChange };

function meetsAll(when: Conditions, facts: Facts): boolean {
  return ROWS.every(([name, condition]) => {
    const values = when[name];
    return values === undefined || meets(condition, values, facts);
  });
}

function meets(condition: Condition, values: readonly string[], { stack, client, permission }: Facts): boolean {
  switch (condition.of) {
    case "stack":
      return condition.isMet(stack, values);
    case "client":
      return client === undefined || condition.isMet(client, values);
    case "permission":
      return permission === undefined || condition.isMet(permission, values);
  }
}
