import { SECRET_KEY, stackOf, UNKNOWN } from "pulumi-xtremepush/protocol";
import { count } from "xtremepush-access/text";
import { z } from "zod";
import { hashOf } from "../manifest/replacement-trigger";
import type { EngineOptions, Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { manifestOfStates, type State } from "./state-manifest";

/** The half of a preview to read: the current state or the planned one. */
export type Side = "base" | "head";

// Parsed leniently: the engine prints more fields, and may add others.
export const StateShown = z.looseObject({
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
  protect: z.boolean().default(false),
  deletedWith: z.string().default(""),
  replaceOnChanges: z.array(z.string()).nullable().default([]),
  replaceWith: z.array(z.string()).nullable().default([]),
  replacementTrigger: z.unknown().optional(),
});
export type StateShown = z.output<typeof StateShown>;

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
  diagnostics: z.array(z.looseObject({ severity: z.string(), message: z.string().default("") })).default([]),
});

/** Steps that do not affect a half, or that only read what the program does not manage. */
const LEFT_OUT: Readonly<Record<Side, readonly string[]>> = {
  base: ["create-replacement", "create", "import", "read"],
  head: ["delete", "delete-replaced", "remove-pending-replace", "read", "read-replacement"],
};

/** Steps that make a new resource in place of an old one. */
const REPLACES: readonly string[] = ["replace", "create-replacement", "import-replacement"];

/** Steps that keep the id of their resource. */
const KEEPS_ID: readonly string[] = ["same", "update"];

/**
 * Reads one half of the output of `pulumi preview --json --show-sames`.
 *
 * @throws ReviewFailure when the file is not a complete preview: half of one must not look like a small change.
 */
export function previewManifest(text: string, file: string, side: Side): Manifest {
  const preview = parse(text, file);
  assertSucceeded(preview, file);
  assertWhole(preview, file);
  const [where] = preview.steps.flatMap(({ urn }) => stackOf(urn) ?? []);
  if (where === undefined) throw new ReviewFailure(`${file} is a preview that names no stack`);
  const replaced = side === "head" ? replacedIn(preview) : new Set<string>();
  const states = new Map<string, State>();
  for (const step of preview.steps) {
    const shown = side === "base" ? step.oldState : step.newState;
    if (!shown || shown.external || LEFT_OUT[side].includes(step.op)) continue;
    const before = side === "head" && step.oldState && step.oldState.urn !== shown.urn ? [step.oldState.urn] : [];
    // The engine does not repeat an id that stays.
    const id = shown.id === "" && KEEPS_ID.includes(step.op) ? (step.oldState?.id ?? "") : shown.id;
    states.set(shown.urn, stateOf({ ...shown, id }, before, replaced.has(shown.urn)));
  }
  return manifestOfStates(where, [...states.values()]);
}

/** What a failed preview did not reach is missing, and would look like a delete or like no change. */
function assertSucceeded({ diagnostics }: z.output<typeof Preview>, file: string): void {
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error === undefined) return;
  const [line = ""] = error.message.trim().split("\n");
  throw new ReviewFailure(`${file}: the preview failed, so it is not complete: ${line.replace(/^error: /, "")}`);
}

function replacedIn({ steps }: z.output<typeof Preview>): ReadonlySet<string> {
  return new Set(steps.filter(({ op }) => REPLACES.includes(op)).map(({ urn }) => urn));
}

/** Without unchanged resources, a client would have no name or would look new. */
function assertWhole({ steps, changeSummary }: z.output<typeof Preview>, file: string): void {
  const left = (changeSummary["same"] ?? 0) - steps.filter(({ op }) => op === "same").length;
  if (left <= 0) return;
  throw new ReviewFailure(
    `${file} leaves out ${count(left, "unchanged resource")}; write it with \`pulumi preview --json --show-sames\``,
  );
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

/** The part of a resource that a review needs. */
export function stateOf(shown: StateShown, formerUrns: readonly string[], replaced: boolean): State {
  const { urn, id, type, inputs, aliases, provider = null, propertyDependencies, sourcePosition } = shown;
  return {
    urn,
    id,
    type,
    inputs,
    // The engine has already picked the alias, which is the former URN.
    aliases: [...new Set([...formerUrns, ...aliases])],
    provider,
    clientUrns: propertyDependencies["client"] ?? [],
    options: optionsOf(shown, replaced),
    source: sourceOf(sourcePosition),
  };
}

function optionsOf(shown: StateShown, replaced: boolean): EngineOptions {
  const { retainOnDelete: retained, protect, deletedWith, replaceOnChanges, replaceWith, replacementTrigger } = shown;
  return {
    retained,
    protect,
    deletedWith: deletedWith === "" ? null : deletedWith,
    replaceOnChanges: replaceOnChanges ?? [],
    replaceWith: (replaceWith ?? []).toSorted(),
    replacementTrigger: isUncertain(replacementTrigger)
      ? { unknown: "its replacementTrigger is secret or known only when the update runs" }
      : hashOf(replacementTrigger),
    replaced,
  };
}

function isUncertain(trigger: unknown): boolean {
  const text = JSON.stringify(trigger) ?? "";
  return [SECRET_KEY, UNKNOWN].some((mark) => text.includes(mark));
}

/** Turns `project:///index.ts#4,13` into `index.ts:4`; null for a file outside the program. */
function sourceOf(position: string | undefined): string | null {
  const [, file, line] = /^project:\/\/\/([^#]+)#(\d+)(?:,\d+)?$/.exec(position ?? "") ?? [];
  return file === undefined || file.startsWith("..") || file.includes("node_modules/") ? null : `${file}:${line}`;
}
