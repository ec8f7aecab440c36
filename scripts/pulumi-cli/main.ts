import { parseArgs } from "node:util";
import { ensurePulumiCli } from "./ensure-pulumi-cli";
import type { PulumiCli } from "./pulumi-cli";
import { PULUMI_VERSION } from "./wanted-version";

const HELP = `Finds a Pulumi CLI, ${PULUMI_VERSION} or newer, that can run TypeScript programs, or gets one.

  npm run pulumi-cli                       say where it is, and get it first if need be
  npm run --silent pulumi-cli -- --print   print its folder only, for a script:
                                           PATH="$(npm run --silent pulumi-cli -- --print):$PATH"

It looks on the PATH, then in ~/.pulumi/versions. If there is none, it downloads one with the Automation API's
installer; if the vendor's site is out of reach, it builds one with Go, once.
`;

const ORIGINS: Readonly<Record<PulumiCli["origin"], string>> = {
  path: "found on the PATH",
  cache: "found in ~/.pulumi/versions",
  installer: "downloaded with the vendor's installer",
  built: "built from source",
};

async function main(args: string[]): Promise<void> {
  const options = { print: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);

  const { binDir, version, origin } = await ensurePulumiCli();
  const sentence = `Pulumi ${version}, ${ORIGINS[origin]}: ${binDir}`;
  process.stdout.write(values.print ? `${binDir}\n` : `${sentence}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
