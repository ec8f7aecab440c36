import { chmodSync, cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { nothingSelected } from "../support/process/nothing-selected";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { type OtherTool, runTools } from "../support/run/other-tools";
import { TOOLS } from "./tools";

const HELP = `Gives the files of deploy/ to other people's tools: the systemd unit to systemd-analyze, the Containerfile to hadolint, and
the alerting rules to promtool, and the manifests to kubernetes-validate. It downloads hadolint and kubernetes-validate into a temporary folder; what the machine has no systemd or Python
for, or no way to the registry of, is named and not run.

  npm run test:deploy                      all tools, half a minute
  npm run test:deploy -- --only hadolint   one of systemd-analyze, promtool, hadolint, kubernetes-validate
  npm run test:deploy -- --help            this

It ends with 1 when a tool finds something.
`;

/** The units that every other one leans on. */
const SYSTEM_UNITS = "usr/lib/systemd/system";
const DEPLOY = path.resolve(__dirname, "../../deploy");

async function main(args: string[]): Promise<number> {
  const options = { only: { type: "string", default: "" }, help: { type: "boolean", short: "h" } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const tools = TOOLS.filter(({ name }) => name.includes(values.only));
  if (tools.length === 0)
    return nothingSelected(
      values.only,
      TOOLS.map(({ name }) => name),
    );
  try {
    return await runTools(tools, { prepare: install });
  } finally {
    removeTemporaryFolders();
  }
}

/** Puts the files where deploy/README.md puts them, with the system's own units and a stand-in for Node.js. */
function install(_: OtherTool, folder: string): void {
  cpSync(DEPLOY, folder, { recursive: true });
  cpSync(path.join(__dirname, "alerts.test.yaml"), path.join(folder, "alerts.test.yaml"));
  cpSync(path.join(DEPLOY, "systemd"), path.join(folder, "etc/systemd/system"), { recursive: true });
  if (existsSync(`/${SYSTEM_UNITS}`)) cpSync(`/${SYSTEM_UNITS}`, path.join(folder, SYSTEM_UNITS), { recursive: true });
  mkdirSync(path.join(folder, "usr/bin"), { recursive: true });
  writeFileSync(path.join(folder, "usr/bin/node"), "");
  chmodSync(path.join(folder, "usr/bin/node"), 0o755);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
