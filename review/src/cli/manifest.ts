import { Command, InvalidArgumentError } from "commander";
import { lockText } from "../lock/lock-file";
import { networkNamespace } from "../program/network-namespace";
import { readProgram } from "../program/read-program";
import { print } from "./print";
import { timeoutOption } from "./review-options";

const ABOUT = `
What runs: the Pulumi program itself, through its own @pulumi/pulumi, as in a preview. It needs its packages (npm ci) and
nothing else: no state, no passphrase, no token. Its environment holds only PATH, and its connections to other machines fail.

What does not run: the Pulumi CLI, the engine, any provider. Encrypted configuration is not decrypted, and the outputs of
other stacks and providers are not known. Whatever depends on them is reported as unknown.

This is not a sandbox: the program can do whatever you can do on this machine. Run it where there are no secrets.`;

/** What holds on this system for processes that are not Node.js. */
function aboutChildren(): string {
  return networkNamespace() === null
    ? "Only connections of Node.js are stopped on this system, which has no network namespaces (unshare): a command that the\nprogram starts, such as curl, reaches the network."
    : "Each command that the program starts, such as curl, runs in a network namespace of its own and reaches nothing.";
}

interface ManifestOptions {
  readonly program: string;
  readonly stack?: string;
  readonly config: Readonly<Record<string, string>>;
  readonly timeout: number;
}

/** `manifest`: prints what a program declares. */
export function manifestCommand(): Command {
  return new Command("manifest")
    .description("Prints the clients and grants that a Pulumi program declares, without state, secrets or cloud.")
    .option("--program <folder>", "the folder of the program's Pulumi.yaml", ".")
    .option("--stack <name>", "the stack; by default the only one with a Pulumi.<stack>.yaml")
    .option("--config <key=value>", "a configuration value that overrides the files; repeatable", withEntry, {})
    .addOption(timeoutOption())
    .addHelpText("after", () => `${ABOUT}\n\n${aboutChildren()}`)
    .action(async ({ program, stack, config, timeout }: ManifestOptions) => {
      const manifest = await readProgram({ folder: program, stack, config, timeoutSeconds: timeout });
      await print(lockText(manifest));
    });
}

function withEntry(text: string, entries: Readonly<Record<string, string>>): Record<string, string> {
  const separator = text.indexOf("=");
  if (separator < 1) throw new InvalidArgumentError("Write it as key=value.");
  return { ...entries, [text.slice(0, separator)]: text.slice(separator + 1) };
}
