import path from "node:path";
import { parseArgs } from "node:util";
import { ensurePulumiCli } from "./ensure-pulumi-cli";
import { isCurrentHost, OLD_HOST_LACKS } from "./node-host";
import type { PulumiCli } from "./pulumi-cli";
import { PULUMI_VERSION } from "./wanted-version";

const HELP = `Finds a Pulumi CLI, ${PULUMI_VERSION} or newer, that can run TypeScript programs, or gets one.

  npm run pulumi-cli                       say where it is, and get it first if need be
  npm run --silent pulumi-cli -- --print   print its folder only, for a script:
                                           PATH="$(npm run --silent pulumi-cli -- --print):$PATH"

It looks on the PATH, then for what \`npx pulumi\` has downloaded, then for what it has built itself. If there is none, it
downloads one as \`npx pulumi\` does; if the vendor's site is out of reach, it builds one with Go, once.
`;

const ORIGINS: Readonly<Record<PulumiCli["origin"], string>> = {
  path: "found on the PATH",
  downloaded: "downloaded from the vendor by the npm package pulumi",
  built: "built from source with Go",
};

async function main(args: string[]): Promise<void> {
  const options = { print: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);

  const cli = await ensurePulumiCli();
  if (values.print) return void process.stdout.write(`${cli.binDir}\n`);
  process.stdout.write(`Pulumi ${cli.version}, ${ORIGINS[cli.origin]}: ${cli.binDir}\n`);
  for (const line of limitLines(cli)) process.stdout.write(`${line}\n`);
}

function limitLines({ nodeHost, origin, binDir }: PulumiCli): string[] {
  if (isCurrentHost(nodeHost)) return [];
  const lacks = `Its Node.js host is ${nodeHost}: programs have no ${OLD_HOST_LACKS}.`;
  if (origin !== "built") return [lacks];
  return [
    lacks,
    `Where get.pulumi.com is in reach, run \`rm -r ${path.dirname(binDir)}\`; the next run downloads the vendor's CLI.`,
  ];
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
