import { chmodSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { processTable } from "../../../scripts/processes";
import { temporaryFolder } from "./temporary-folder";

const WORK = path.resolve(__dirname, "../../../.work");

/** The folders of the demos that run or were kept. */
export function demoFolders(): string[] {
  return existsSync(WORK) ? readdirSync(WORK).filter((name) => name.startsWith("demo-")) : [];
}

/** The command lines of all processes that mention a text. */
export async function processesOf(text: string): Promise<string[]> {
  const commands = (await processTable()).map(({ command }) => command);
  return commands.filter((command) => command.includes(text));
}

/** The folder of a Pulumi CLI that is found and makes stacks, and fails at everything else. */
export function brokenPulumiCli(): string {
  const folder = temporaryFolder();
  const programs = { pulumi: BROKEN, "pulumi-language-nodejs": NOTHING, "pulumi-resource-pulumi-nodejs": NOTHING };
  for (const [name, text] of Object.entries(programs)) {
    writeFileSync(path.join(folder, name), text);
    chmodSync(path.join(folder, name), 0o755);
  }
  return folder;
}

const NOTHING = "#!/bin/sh\n";
const BROKEN = `#!/bin/sh
case "$1" in
version) echo v3.259.0 ;;
stack) ;;
*) echo "error: out of order" >&2; exit 255 ;;
esac
`;
