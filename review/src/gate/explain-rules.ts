import type { Permission } from "xtremepush-access/catalog";
import type { AccessDiff, EnvironmentDiff } from "../model/access-diff";
import { asksForPermissions, matchesChange, matchesStack } from "./match";
import { permissionsThatMeet } from "./rule-problems";
import type { Rule, Rules } from "./rules";

/** What a rule would meet. */
export interface RuleExplanation {
  readonly rule: Rule;
  /** The permissions of the catalog that it is about; null when it is not about permissions. */
  readonly permissions: readonly Permission[] | null;
  readonly stacks: readonly string[];
  /** The clients that meet it, with the permissions that they have now. */
  readonly met: readonly MetClient[];
}

export interface MetClient {
  readonly stack: string;
  readonly client: string;
  readonly permissions: readonly string[];
}

/**
 * Explains each rule by what programs declare now: `present` is the diff from nothing to it. Effects do not count, because
 * they are of a change.
 */
export function explainRules({ rules }: Rules, present: AccessDiff, stacks: readonly string[]): RuleExplanation[] {
  return rules.map((rule) => {
    const { effect: _, ...when } = rule.when;
    return {
      rule,
      permissions: asksForPermissions(when) ? permissionsThatMeet(when) : null,
      stacks: stacks.filter((stack) => matchesStack(when, stack)),
      met: present.environments.flatMap((environment) => metIn(environment, when)),
    };
  });
}

function metIn({ pulumiProject, stack, location, clients }: EnvironmentDiff, when: Rule["when"]): MetClient[] {
  return clients.flatMap((client) => {
    const change = { pulumiProject, stack, isDefaultLocation: location === null, client };
    const permissions = client.permissions
      .filter((permission) => matchesChange(when, { ...change, permission }))
      .map(({ permission }) => permission);
    if (permissions.length === 0 && !matchesChange(when, { ...change, permission: null })) return [];
    return [{ stack, client: client.nameAfter ?? client.id, permissions }];
  });
}
