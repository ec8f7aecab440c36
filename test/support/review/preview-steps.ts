import { RESOURCE_MODULE, UNKNOWN } from "pulumi-xtremepush/protocol";

const PREFIX = `urn:pulumi:prod::access::${RESOURCE_MODULE}:`;

/** What the engine writes for a value that it will know later. */
export const LATER = UNKNOWN;

/** A resource as a preview shows it. */
export interface StateWritten {
  readonly type: "ApiClient" | "ScopeGrant";
  readonly name: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly id?: string;
  readonly external?: boolean;
  readonly aliases?: readonly string[];
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  readonly replaceOnChanges?: readonly string[];
  readonly replaceWith?: readonly string[];
  readonly replacementTrigger?: unknown;
  /** The URNs on which the input `client` depends. */
  readonly clientUrns?: readonly string[];
}

/** One step of a preview. */
export interface StepWritten {
  readonly op: string;
  readonly before?: StateWritten;
  readonly after?: StateWritten;
}

/** The URN of a resource of the stack `prod` of the Pulumi project `access`. */
export function previewUrn(type: StateWritten["type"], name: string): string {
  return `${PREFIX}${type}::${name}`;
}

/** What `pulumi preview --json --show-sames` writes of these steps. */
export function previewOf(...steps: readonly StepWritten[]): string {
  const same = steps.filter(({ op }) => op === "same").length;
  return JSON.stringify({
    steps: steps.map(({ op, before, after }) => ({
      op,
      urn: shown(after ?? before)?.urn,
      oldState: shown(before),
      newState: shown(after),
    })),
    changeSummary: same === 0 ? {} : { same },
  });
}

function shown(state: StateWritten | undefined) {
  if (state === undefined) return undefined;
  const { type, name, clientUrns, ...rest } = state;
  return {
    urn: previewUrn(type, name),
    type: `${RESOURCE_MODULE}:${type}`,
    ...rest,
    ...(clientUrns && { propertyDependencies: { client: clientUrns } }),
  };
}
