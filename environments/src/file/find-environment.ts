import { ProjectSlug } from "xtremepush-access/schemas";
import { quoted } from "xtremepush-access/text";
import { refusal } from "../environment-failure";
import { ACCESS_ENV_FILE, type AccessEnv, deliveriesOf, type Entry } from "./access-env";
import { type Delivery, deliveryFor, fieldsOf, withoutWritten, writtenBy } from "./delivery";
import { isPattern, matchesEntry, NAME, PLACEHOLDER, withName } from "./environment-name";

/** One environment: its entry with its name filled in. */
export interface Environment {
  /** Also the name of its Pulumi stack. */
  readonly name: string;
  /** The entry of `access-env.yaml` that it comes from: its name, or a pattern. */
  readonly entry: string;
  readonly protected: boolean;
  /** The environment whose configuration is the template; null without one. */
  readonly like: string | null;
  /** The project in a configuration that is made from the template; null when it stays the template's. */
  readonly project: string | null;
  /** How long it is meant to live, like `72h`; null for one that stays. */
  readonly ttl: string | null;
  /** How many environments of its entry may exist; null without a limit. */
  readonly max: number | null;
  readonly deliver: readonly Delivery[];
}

/**
 * Finds the environment of a name: by its own entry, else by the only pattern that matches.
 *
 * @throws EnvironmentFailure when there is none, or what its entry makes of the name is not valid.
 */
export function findEnvironment(file: AccessEnv, name: string): Environment {
  const { environments } = file;
  const entries = Object.keys(environments);
  const matching = Object.hasOwn(environments, name) && !isPattern(name) ? [name] : matchingPatterns(entries, name);
  const [entry, second] = matching;
  const found = entry === undefined ? undefined : environments[entry];
  if (entry === undefined || found === undefined) {
    throw refusal(`${ACCESS_ENV_FILE} has no environment ${quoted(name)}, only ${entries.join(", ")}`);
  }
  if (second !== undefined) {
    throw refusal(
      `${quoted(name)} matches two patterns of ${ACCESS_ENV_FILE}, ${entry} and ${second}; give it an entry of its own, or change one of them`,
    );
  }
  const deliver = deliveriesOf(file, found).map((delivery) => forName(delivery, name));
  assertOnce(deliver, name);
  return {
    name,
    entry,
    protected: found.protected,
    like: found.like ?? null,
    project: projectOf(found, name),
    ttl: found.ttl ?? null,
    max: found.max ?? null,
    deliver,
  };
}

/** The patterns that a name matches. */
function matchingPatterns(entries: readonly string[], name: string): string[] {
  return NAME.test(name) ? entries.filter((entry) => isPattern(entry) && matchesEntry(entry, name)) : [];
}

function projectOf({ project }: Entry, name: string): string | null {
  if (project === undefined) return null;
  const named = withName(project, name);
  const read = ProjectSlug.safeParse(named);
  if (read.success) return read.data;
  throw refusal(`the project ${quoted(named)} of ${quoted(name)} is not valid: ${read.error.issues[0]?.message}`);
}

function forName(delivery: Delivery, name: string): Delivery {
  const read = deliveryFor(delivery, name);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw refusal(`a delivery of ${quoted(name)} is not valid: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** In upper case, with `_` for the other characters, only these names stay different: others would share a secret. */
const DISTINCT = /^[a-z0-9-]+$/;

/**
 * Checks the names of secrets and variables before something is delivered. An environment that lives can be shown and taken
 * down all the same.
 *
 * @throws EnvironmentFailure when another environment may have the same one.
 */
export function assertDistinct(file: AccessEnv, { name, entry }: Pick<Environment, "name" | "entry">): void {
  if (DISTINCT.test(name)) return;
  const fields = rawDeliveries(file, entry).flatMap((delivery) => fieldsOf(delivery));
  const key = fields.find(({ name: key }) => key?.includes(PLACEHOLDER))?.name;
  if (!key) return;
  const better = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/-$/, "");
  throw refusal(
    `${quoted(name)} has a part in the name ${key}, in which another environment such as ${quoted(better)} would be the same; use lower-case letters, digits and hyphens alone, as in ${quoted(better)}`,
  );
}

/** The deliveries of an environment for its removal. */
interface Removable {
  readonly own: readonly Delivery[];
  /** Those to names that another environment may have, too: taken away, that one would lose its credential. */
  readonly shared: readonly Delivery[];
}

/** Tells what is only this environment's from what another one may have. */
export function removableOf(
  file: AccessEnv,
  { name, entry, deliver }: Pick<Environment, "name" | "entry" | "deliver">,
): Removable {
  if (DISTINCT.test(name)) return { own: deliver, shared: [] };
  const partsOf = (isLeft: (key: string) => boolean) =>
    rawDeliveries(file, entry)
      .flatMap((delivery) => withoutWritten(delivery, ({ name: key }) => isLeft(key)) ?? [])
      .map((delivery) => forName(delivery, name));
  return {
    own: partsOf((key) => !key.includes(PLACEHOLDER)),
    // Without names, as of a command, there is nothing to share.
    shared: partsOf((key) => key.includes(PLACEHOLDER)).filter((delivery) => writtenBy(delivery).length > 0),
  };
}

/** As the file has them, with the placeholder. */
function rawDeliveries(file: AccessEnv, entry: string): readonly Delivery[] {
  const found = file.environments[entry];
  return found === undefined ? [] : deliveriesOf(file, found);
}

/** Two credentials in one variable would overwrite each other in every run. */
function assertOnce(deliveries: readonly Delivery[], name: string): void {
  const taken = new Set<string>();
  for (const written of deliveries.flatMap((delivery) => writtenBy(delivery))) {
    const place = `${written.name} in ${written.where}`;
    if (taken.has(place)) throw refusal(`two deliveries of ${quoted(name)} write ${place}; change one of them`);
    taken.add(place);
  }
}
