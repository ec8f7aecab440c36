import { Command } from "commander";
import type { Issuer } from "xtremepush-access/schemas";
import { visible } from "xtremepush-access/text";
import { accessFromEnvironment } from "./access";
import { TERMINAL, type View, writeListing } from "./output";
import { plainTime } from "./plain-time";

const ISSUERS: View<Issuer> = {
  columns: {
    ISSUER: ({ name }) => name,
    URL: ({ url }) => url,
    AUDIENCE: ({ audience }) => audience,
    REUSABLE: ({ reusable }) => (reusable ? "yes" : "no"),
    MADE: ({ createdTime }) => plainTime(createdTime),
  },
  empty: "No issuers yet: register one with `xtremepush-access-backend issuer add github`.",
};

/** The issuers that everybody knows. A GitLab job has one ID token for all of its processes. */
const KNOWN: Readonly<Record<string, Pick<Issuer, "url" | "reusable">>> = {
  github: { url: "https://token.actions.githubusercontent.com", reusable: false },
  gitlab: { url: "https://gitlab.com", reusable: true },
};

export function issuerCommand(): Command {
  const command = new Command("issuer").description(
    "Register who signs the ID tokens of pipelines, for `actor trust`.",
  );
  command
    .command("add")
    .description("Register an issuer. Nobody gets a token by that alone.")
    .argument("<name>", "github and gitlab stand for GitHub Actions and gitlab.com")
    .option("--url <url>", "the iss of its tokens; its keys are found below it by OpenID Connect Discovery")
    .option("--audience <text>", "the aud that its tokens must have (default: the address in XTREMEPUSH_ENDPOINT)")
    .option("--reusable", "take an ID token more than once, as a GitLab job needs it (default: only for gitlab)")
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend issuer add github")
    .action(addIssuer);
  command
    .command("list")
    .description("List all issuers.")
    .option("--json", "write JSON", false)
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend issuer list")
    .action(async ({ json }: { readonly json: boolean }) => {
      await writeListing(TERMINAL, allIssuers(), { json, view: ISSUERS });
    });
  command
    .command("remove")
    .description("Remove an issuer that no actor trusts.")
    .argument("<name>", "its name")
    .addHelpText("after", "\nExample:\n  $ xtremepush-access-backend issuer remove github")
    .action(async (name: string) => {
      await accessFromEnvironment().issuers.remove(name);
      TERMINAL.out(`Removed the issuer ${visible(name)}.`);
    });
  return command;
}

interface AddOptions {
  readonly url?: string;
  readonly audience?: string;
  readonly reusable?: boolean;
}

async function addIssuer(name: string, options: AddOptions): Promise<void> {
  const known = KNOWN[name];
  const issuer = await accessFromEnvironment().issuers.create({
    name,
    url: options.url ?? known?.url ?? "",
    audience: options.audience ?? process.env["XTREMEPUSH_ENDPOINT"] ?? "",
    reusable: options.reusable ?? known?.reusable ?? false,
  });
  TERMINAL.out(
    `Registered ${visible(issuer.name)}: ${visible(issuer.url)}, for ID tokens with the audience ${visible(issuer.audience)}.`,
  );
}

async function* allIssuers(): AsyncIterable<Issuer> {
  yield* await accessFromEnvironment().issuers.list();
}
