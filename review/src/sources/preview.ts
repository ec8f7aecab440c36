import { stackOf } from "pulumi-xtremepush/protocol";
import { z } from "zod";
import type { Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { manifestOfStates, type State } from "./state-manifest";

/** Which half of a preview is meant: what is there, or what will be. */
export type Side = "base" | "head";

// Read leniently: the engine shows much more, and may show more tomorrow.
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

/** Steps that say nothing of a half, or nothing that the program manages there: what it reads is another's. */
const LEFT_OUT: Readonly<Record<Side, readonly string[]>> = {
  base: ["create-replacement", "create", "import", "read"],
  head: ["delete", "delete-replaced", "remove-pending-replace", "read", "read-replacement"],
};

/** What is there before a step of these is the same thing after it. */
const KEEPS_ID: readonly string[] = ["same", "update"];

/**
 * Reads one half of what `pulumi preview --json --show-sames` has written.
 *
 * @throws ReviewFailure when the file is not a complete preview: half of one must not look like a small change.
 */
export function previewManifest(text: string, file: string, side: Side): Manifest {
  const preview = parse(text, file);
  const left = unchangedLeftOut(preview);
  if (left > 0) {
    throw new ReviewFailure(
      `${file} leaves out ${left} resources that do not change; write it with \`pulumi preview --json --show-sames\``,
    );
  }
  const [where] = preview.steps.flatMap(({ urn }) => stackOf(urn) ?? []);
  if (where === undefined) throw new ReviewFailure(`${file} is a preview that names no stack`);
  const states = new Map<string, State>();
  for (const step of preview.steps) {
    const shown = side === "base" ? step.oldState : step.newState;
    if (!shown || shown.external || LEFT_OUT[side].includes(step.op)) continue;
    const before = side === "head" && step.oldState && step.oldState.urn !== shown.urn ? [step.oldState.urn] : [];
    // The engine does not show an id again that stays.
    const id = shown.id === "" && KEEPS_ID.includes(step.op) ? (step.oldState?.id ?? "") : shown.id;
    states.set(shown.urn, stateOf({ ...shown, id }, before));
  }
  return manifestOfStates(where, [...states.values()]);
}

/** Without them a client whose grant alone changes has no name, and one that stays would look as if it were new. */
function unchangedLeftOut({ steps, changeSummary }: z.output<typeof Preview>): number {
  return (changeSummary["same"] ?? 0) - steps.filter(({ op }) => op === "same").length;
}

function parse(text: string, file: string): z.output<typeof Preview> {
  try {
    const read = Preview.safeParse(JSON.parse(text));
    if (read.success) return read.data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ReviewFailure(
      `${file} is not complete JSON: was \`pulumi preview --json\` interrupted, or its output mixed with more?`,
    );
  }
  throw new ReviewFailure(
    `${file} is not what \`pulumi preview --json\` writes when it succeeds; did the preview fail?`,
  );
}

function stateOf(shown: StateShown, formerUrns: readonly string[]): State {
  const { urn, id, type, inputs, aliases, provider = null, propertyDependencies, sourcePosition } = shown;
  const { retainOnDelete: retained } = shown;
  return {
    urn,
    id,
    type,
    inputs,
    // The engine has chosen already.
    aliases: [...new Set([...formerUrns, ...aliases])],
    provider,
    clientUrns: propertyDependencies["client"] ?? [],
    retained,
    source: sourceOf(sourcePosition),
  };
}

/** `project:///index.ts#4,13` as `index.ts:4`; null for what is not of the program itself. */
function sourceOf(position: string | undefined): string | null {
  const [, file, line] = /^project:\/\/\/([^#]+)#(\d+)(?:,\d+)?$/.exec(position ?? "") ?? [];
  return file === undefined || file.startsWith("..") || file.includes("node_modules/") ? null : `${file}:${line}`;
}
