import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import ts from "typescript";
import { PulumiStack } from "../scripts/pulumi-stack";

/** The variants: `ours`, the engine's floor, and plain resources as a user would write them. */
export const VARIANTS = ["ours", "floor", "plain"] as const;
export type Variant = (typeof VARIANTS)[number];

export interface StackSetup {
  readonly variant: Variant;
  /** How many clients the program declares, each with a grant. */
  readonly size: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly under: string;
  /** Lets the engine write the whole state after each resource, as it does by default. @default false */
  readonly checkpoints?: boolean;
}

/** The engine then writes the state once, at the end. */
export const WITHOUT_CHECKPOINTS = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" } as const;

/** Creates the empty stack of a variant. */
export async function openStack(setup: StackSetup): Promise<PulumiStack> {
  const { variant, size, environment, under, checkpoints = false } = setup;
  const stack = await PulumiStack.open({
    under,
    timeout: 1_200_000,
    environment: { ...environment, BENCH_SIZE: String(size), ...(checkpoints ? {} : WITHOUT_CHECKPOINTS) },
  });
  await stack.write("index.js", await program(variant === "plain" ? "plain" : "declared"));
  if (variant === "floor") await replaceHandlers(stack);
  return stack;
}

/**
 * Replaces the provider's handlers with do-nothing ones, without a hook in the product: the code in `__provider` loads
 * `pulumi-xtremepush/dynamic` from the stack's folder upward, so a package of this name in that folder wins.
 */
async function replaceHandlers(stack: PulumiStack): Promise<void> {
  const folder = "node_modules/pulumi-xtremepush";
  await mkdir(path.join(stack.folder, folder), { recursive: true });
  const manifest = {
    name: "pulumi-xtremepush",
    version: "0.0.0",
    exports: {
      ".": "./index.js",
      "./dynamic": "./dynamic.js",
      "./protocol": "./protocol.js",
      "./package.json": "./package.json",
    },
  };
  await stack.write(`${folder}/package.json`, JSON.stringify(manifest));
  for (const [file, entry] of Object.entries({ index: "pulumi-xtremepush", protocol: "pulumi-xtremepush/protocol" })) {
    const real = require.resolve(entry);
    await stack.write(`${folder}/${file}.js`, `module.exports = require(${JSON.stringify(real)});\n`);
  }
  await stack.write(`${folder}/dynamic.js`, await program("do-nothing"));
}

/** The JavaScript of a bench program. */
export async function program(
  name: "declared" | "do-nothing" | "integrations" | "plain" | "reviewed",
): Promise<string> {
  const source = await readFile(path.join(__dirname, "programs", `${name}.ts`), "utf8");
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
