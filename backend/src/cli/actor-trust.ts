import { type Command, InvalidArgumentError } from "commander";
import { durationMs, type Trust } from "xtremepush-access/schemas";
import { visible, visibleJson } from "xtremepush-access/text";
import { accessFromEnvironment } from "./access";
import { addBounds, type BoundsOptions, boundsOf } from "./actor-bounds";
import { TERMINAL } from "./output";

/** Adds `actor trust`. */
export function addTrustCommand(actor: Command): void {
  const command = actor
    .command("trust")
    .description("Make an actor without a token of its own: a pipeline gets one for an ID token that has all claims.")
    .argument("<name>", "who it is, as in deploy; a name is never used twice")
    .requiredOption("--issuer <name>", "who signs the ID tokens; see `issuer add`")
    .requiredOption(
      "--claim <name=value...>",
      "a claim that an ID token must have, with exactly this value",
      collectClaims,
    )
    .option("--lifetime <duration>", "how long a token works, 1m to 15m", "15m");
  addBounds(command)
    .option("--json", "write the actor as JSON", false)
    .addHelpText(
      "after",
      `
One claim must be repository_id (GitHub) or project_id (GitLab), a number: names can come to belong to somebody else. \`whoami
--explain\` of xtremepush-access-env prints the claims of a pipeline.

Example:
  $ xtremepush-access-backend actor trust deploy --issuer github --claim repository_id=123456789 environment=production --role editor --project retail`,
    )
    .action(trust);
}

interface TrustOptions extends BoundsOptions {
  readonly issuer: string;
  readonly claim: Readonly<Record<string, string>>;
  readonly lifetime: string;
  readonly json: boolean;
}

async function trust(name: string, { issuer, claim, lifetime, json, ...bounds }: TrustOptions): Promise<void> {
  const actor = await accessFromEnvironment().actors.createTrusted({
    ...{ name, ...boundsOf(bounds) },
    trust: { issuer, claims: claim, lifetimeSeconds: durationMs(lifetime) / 1_000 },
  });
  if (json) return TERMINAL.out(visibleJson(actor));
  const trusted = actor.trust === null ? "" : `, for ID tokens of ${describeTrust(actor.trust)}`;
  TERMINAL.out(`Made the ${visible(actor.role)} ${visible(actor.name)} (${visible(actor.id)})${trusted}.`);
}

/** What an actor trusts, for people. */
export function describeTrust({ issuer, claims }: Trust): string {
  const told = Object.entries(claims).map(([name, value]) => `${visible(name)}=${visible(value)}`);
  return `${visible(issuer)}: ${told.join(", ")}`;
}

function collectClaims(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [name = "", ...value] = text.split("=");
  if (name === "" || value.length === 0)
    throw new InvalidArgumentError("Write NAME=VALUE, as in repository_id=123456789.");
  if (Object.hasOwn(before, name)) throw new InvalidArgumentError(`The claim ${visible(name)} is there twice.`);
  return { ...before, [name]: value.join("=") };
}
