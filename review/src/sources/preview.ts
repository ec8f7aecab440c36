import { stackOf } from "pulumi-xtremepush/protocol";
import { count } from "xtremepush-access/text";
import { z } from "zod";
import type { Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { manifestOfStates, type State } from "./state-manifest";

/** The half of a preview to read: the current state or the planned one. */
export type Side = "base" | "head";

// Parsed leniently: the engine prints more fields, and may add others.
const StateShown = z.looseObject({
  urn: z.string(),
  id: z.string().default(""),
  type: z.string(),
  external: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
  aliases: z.array(z.string()).default([]),
  provider: z.string().optional(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).default({}),
  sourcePosition: z.string().optional(),
  retainOnDelete: z.boolean().default(false),
});
type StateShown = z.output<typeof StateShown>;

const Preview = z.looseObject({
  steps: z
    .array(
      z.looseObject({
        op: z.string(),
        urn: z.string(),
        oldState: StateShown.nullish(),
        newState: StateShown.nullish(),
      }),
    )
    .min(1),
  changeSummary: z.record(z.string(), z.number()),
});

/** Steps that do not affect a half, or that only read what the program does not manage. */
const LEFT_OUT: Readonly<Record<Side, readonly string[]>> = {
  base: ["create-replacement", "create", "import", "read"],
  head: ["delete", "delete-replaced", "remove-pending-replace", "read", "read-replacement"],
};

/** Steps that keep the id of their resource. */
const KEEPS_ID: readonly string[] = ["same", "update"];

/**
 * Reads one half of the output of `pulumi preview --json --show-sames`.
 *
 * @throws ReviewFailure when the file is not a complete preview: half of one must not look like a small change.
 */
export function previewManifest(text: string, file: string, side: Side): Manifest {
  const preview = parse(text, file);
  const left = countLeftOut(preview);
  if (left > 0) {
    throw new ReviewFailure(
      `${file} leaves out ${count(left, "unchanged resource")}; write it with \`pulumi preview --json --show-sames\``,
    );
  }
  const [where] = preview.steps.flatMap(({ urn }) => stackOf(urn) ?? []);
  if (where === undefined) throw new ReviewFailure(`${file} is a preview that names no stack`);
  const states = new Map<string, State>();
  for (const step of preview.steps) {
    const shown = side === "base" ? step.oldState : step.newState;
    if (!shown || shown.external || LEFT_OUT[side].includes(step.op)) continue;
    const before = side === "head" && step.oldState && step.oldState.urn !== shown.urn ? [step.oldState.urn] : [];
    // The engine does not repeat an id that stays.
    const id = shown.id === "" && KEEPS_ID.includes(step.op) ? (step.oldState?.id ?? "") : shown.id;
    states.set(shown.urn, stateOf({ ...shown, id }, before));
  }
  return manifestOfStates(where, [...states.values()]);
}

/** Counts unchanged resources that are missing: without them, a client would have no name or would look new. */
function countLeftOut({ steps, changeSummary }: z.output<typeof Preview>): number {
  return (changeSummary["same"] ?? 0) - steps.filter(({ op }) => op === "same").length;
}

function parse(text: string, file: string): z.output<typeof Preview> {
  try {
    const read = Preview.safeParse(JSON.parse(text));
    if (read.success) return read.data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ReviewFailure(
      `${file} is not valid JSON: was \`pulumi preview --json\` interrupted, or is other output mixed into it?`,
    );
  }
  throw new ReviewFailure(`${file} is not the output of a successful \`pulumi preview --json\`; did the preview fail?`);
}

function stateOf(shown: StateShown, formerUrns: readonly string[]): State {
  const { urn, id, type, inputs, aliases, provider = null, propertyDependencies, sourcePosition } = shown;
  const { retainOnDelete: retained } = shown;
  return {
    urn,
    id,
    type,
    inputs,
    // The engine has already picked the alias, which is the former URN.
    aliases: [...new Set([...formerUrns, ...aliases])],
    provider,
    clientUrns: propertyDependencies["client"] ?? [],
    retained,
    source: sourceOf(sourcePosition),
  };
}

/** Turns `project:///index.ts#4,13` into `index.ts:4`; null for a file outside the program. */
function sourceOf(position: string | undefined): string | null {
  const [, file, line] = /^project:\/\/\/([^#]+)#(\d+)(?:,\d+)?$/.exec(position ?? "") ?? [];
  return file === undefined || file.startsWith("..") || file.includes("node_modules/") ? null : `${file}:${line}`;
}
