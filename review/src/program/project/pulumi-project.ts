import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ReviewFailure } from "../../review-failure";

export interface PulumiProject {
  /** The folder of Pulumi.yaml, with its symlinks resolved. */
  readonly folder: string;
  readonly name: string;
  /** The folder that the program runs in. */
  readonly workingFolder: string;
  /** A file in `workingFolder`, or `.` for the main file of its package.json. */
  readonly entryPoint: string;
  /** The folder of the stacks' configuration files. */
  readonly configFolder: string;
  /** The configuration that all stacks share, unparsed. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly runtime: RuntimeOptions;
  /** The address of the state that Pulumi.yaml names. */
  readonly backend: string | undefined;
}

/** The options of the Node.js runtime that change how a program runs. */
export interface RuntimeOptions {
  readonly typescript: boolean;
  readonly tsconfig: string | undefined;
  readonly nodeargs: string;
}

const Options = z.object({
  typescript: z.boolean().default(true),
  tsconfig: z.string().optional(),
  nodeargs: z.string().default(""),
});
const ProjectFile = z.object({
  name: z.string().min(1),
  main: z.string().optional(),
  stackConfigDir: z.string().optional(),
  backend: z.object({ url: z.string().optional() }).nullish(),
  runtime: z.union([
    z.string().transform((name) => ({ name, options: {} })),
    z.object({ name: z.string(), options: z.record(z.string(), z.unknown()).default({}) }),
  ]),
  config: z.union([z.string(), z.record(z.string(), z.unknown()), z.null()]).optional(),
});

/**
 * Reads the Pulumi.yaml of a folder.
 *
 * @throws ReviewFailure when it does not exist or is not for a Node.js program.
 */
export function readPulumiProject(given: string): PulumiProject {
  const file = projectFileOf(given);
  const folder = realpathSync(given);
  const text = ProjectFile.safeParse(readYaml(file));
  if (!text.success) throw new ReviewFailure(`${file} cannot be read: ${issueOf(text.error)}`);
  const { name, main, runtime, stackConfigDir, config, backend } = text.data;
  if (runtime.name !== "nodejs") {
    throw new ReviewFailure(`${file} has the runtime ${runtime.name}; only nodejs programs can be reviewed`);
  }
  const options = Options.safeParse(runtime.options);
  if (!options.success) throw new ReviewFailure(`${file}, runtime.options: ${issueOf(options.error)}`);
  // `config` is the old name of stackConfigDir when it is a string.
  const configFolder = stackConfigDir ?? (typeof config === "string" ? config : ".");
  return {
    folder,
    name,
    ...entryOf(folder, main, file),
    configFolder: path.resolve(folder, configFolder),
    config: typeof config === "object" && config !== null ? config : {},
    runtime: { ...options.data, tsconfig: options.data.tsconfig },
    backend: backend?.url,
  };
}

const EXTENSIONS = ["yaml", "yml", "json"];

/** The file of that name that is there, whatever its extension. */
export function yamlFile(folder: string, name: string): string | undefined {
  return EXTENSIONS.map((extension) => path.join(folder, `${name}.${extension}`)).find((file) => existsSync(file));
}

function projectFileOf(folder: string): string {
  const file = yamlFile(folder, "Pulumi");
  if (file !== undefined) return file;
  throw new ReviewFailure(`${folder} has no Pulumi.yaml; pass the folder of the Pulumi program with --program`);
}

/**
 * Reads a YAML file of a Pulumi program.
 *
 * @throws ReviewFailure when it is not valid YAML.
 */
export function readYaml(file: string): unknown {
  try {
    // Keeps all digits of large integers.
    return parse(readFileSync(file, "utf8"), { intAsBigInt: true });
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new ReviewFailure(`${file} cannot be read: ${reason}`);
  }
}

function issueOf({ issues: [issue] }: z.ZodError): string {
  return issue === undefined ? "it is not valid" : `${issue.path.join(".")}: ${issue.message}`;
}

/** GetPwdMain of the engine 3.259.0: the program runs in the folder of its main file. */
function entryOf(
  folder: string,
  main: string | undefined,
  file: string,
): { workingFolder: string; entryPoint: string } {
  if (main === undefined) return { workingFolder: folder, entryPoint: "." };
  const target = path.resolve(folder, main);
  const relative = path.relative(folder, target);
  if (path.isAbsolute(main) || relative.startsWith("..")) {
    throw new ReviewFailure(`${file}: main must be a path below its folder, but it is ${main}`);
  }
  const stats = statSync(target, { throwIfNoEntry: false });
  if (stats === undefined) throw new ReviewFailure(`${file}: main is ${main}, which does not exist`);
  if (stats.isDirectory()) return { workingFolder: target, entryPoint: "." };
  return { workingFolder: path.dirname(target), entryPoint: path.basename(target) };
}
