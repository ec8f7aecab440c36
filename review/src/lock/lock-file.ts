import { quoted } from "xtremepush-access/text";
import { z } from "zod";
import { pathStart } from "../manifest/property-path";
import { type EngineOptions, MANIFEST_VERSION, Manifest, NO_ENGINE_OPTIONS } from "../model/manifest";
import { visibleJson } from "../outputs/visible";
import { ReviewFailure } from "../review-failure";

/** The folder of the lock files, next to Pulumi.yaml. */
export const LOCK_FOLDER = "access";

const NAME = /^[A-Za-z0-9_.-]+$/;

/** The path of a stack's lock file in its program's folder. @throws ReviewFailure for a name that a file cannot have. */
export function lockPath({ pulumiProject, stack }: Pick<Manifest, "pulumiProject" | "stack">): string {
  for (const name of [pulumiProject, stack]) {
    if (!NAME.test(name))
      throw new ReviewFailure(
        `${quoted(name)} cannot be part of a file name; use letters, digits, dots, hyphens and underscores`,
      );
  }
  return `${LOCK_FOLDER}/${pulumiProject}.${stack}.json`;
}

interface Bared extends Pick<EngineOptions, "replaceOnChanges"> {
  readonly source: string | null;
  readonly owner: string | null;
}

/** Writes a lock file with one permission per line, so that git's own diff shows what changes. */
export function lockText(manifest: Manifest): string {
  const { clients, grants, uncertain, ...stack } = Manifest.parse(manifest);
  const [ofClients, ofGrants] = [clients.map(withoutDefaults), grants.map(withoutDefaults)];
  return visibleJson({ ...stack, clients: ofClients, grants: ofGrants, uncertain });
}

const { retained: _, ...OPTIONS } = NO_ENGINE_OPTIONS;
const DEFAULTS: Readonly<Record<string, unknown>> = { ...OPTIONS, secretOverlap: null };

/** Leaves out the options that most resources do not have. */
function withoutDefaults(resource: object): Record<string, unknown> {
  const isDefault = (key: string, value: unknown) =>
    key in DEFAULTS && JSON.stringify(value) === JSON.stringify(DEFAULTS[key]);
  return Object.fromEntries(Object.entries(resource).filter(([key, value]) => !isDefault(key, value)));
}

/**
 * Reads a lock file or a manifest, which have the same format.
 *
 * @throws ReviewFailure that names the file: an unreadable file must not look like a stack without clients.
 */
export function readLock(text: string, where: string): Manifest {
  const value = parse(text, where);
  const read = Manifest.safeParse(upgraded(value));
  if (read.success) return read.data;
  if (isNewer(value))
    throw new ReviewFailure(`${where} was written by a newer version of this package; upgrade it here too`);
  const [issue] = read.error.issues;
  throw new ReviewFailure(
    `${where} is not a valid lock file: ${issue?.path.map(String).join(".") || "it"}: ${issue?.message}; write it again with \`xtremepush-access-review lock\``,
  );
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      // zod drops it silently.
      if (key !== "__proto__") return value;
      throw new ReviewFailure(
        `${where} is not a valid lock file: it has a property __proto__; write it again with \`xtremepush-access-review lock\``,
      );
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const conflict = /^<{7} /m.test(text) ? "it contains merge conflict markers" : "it is not valid JSON";
    throw new ReviewFailure(
      `${where} cannot be read, because ${conflict}; write it again with \`xtremepush-access-review lock\``,
    );
  }
}

/** Fills in what a lock file of an earlier version does not say. */
function upgraded(value: unknown): unknown {
  const [first, second] = [Version1.safeParse(value), Version2.safeParse(value)];
  if (first.success) return upgraded1(first.data);
  return second.success ? upgraded2(second.data) : value;
}

const Version1 = z.looseObject({
  version: z.literal(1),
  uncertain: z.array(z.unknown()),
});

/** Version 1 says nothing about most resource options, so the stack is uncertain as a whole. */
function upgraded1(before: z.output<typeof Version1>): unknown {
  const why = `its lock file is of version 1, which leaves out resource options; ${WRITE_AGAIN}`;
  return { ...before, version: MANIFEST_VERSION, uncertain: [...before.uncertain, why] };
}

const Version2 = z.looseObject({
  version: z.literal(2),
  clients: z.array(z.looseObject({})),
  grants: z.array(z.looseObject({})),
});

/** Version 2 leaves out `protect`, which decides only what a delete or a replacement does. */
function upgraded2({ clients, grants, ...before }: z.output<typeof Version2>): unknown {
  const protect = {
    unknown: `its lock file is of version 2, which does not say whether it is protected; ${WRITE_AGAIN}`,
  };
  const whole = (resource: object) => ({ ...resource, protect });
  return { ...before, version: MANIFEST_VERSION, clients: clients.map(whole), grants: grants.map(whole) };
}

const WRITE_AGAIN = "write it again with `xtremepush-access-review lock`";

function isNewer(value: unknown): boolean {
  return typeof value === "object" && value !== null && "version" in value && Number(value.version) > MANIFEST_VERSION;
}

/**
 * Reduces a manifest to what access depends on. Source positions move without a change of access, and owners depend on
 * how the stack is named, `dev` or `acme/dev`; an owner counts where another one replaces the resource.
 */
export function accessIn(manifest: Manifest): Manifest {
  const isReplacing = ({ replaceOnChanges }: Bared) =>
    replaceOnChanges.some((path) => ["*", "managedBy"].includes(pathStart(path)));
  const bare = <Resource extends Bared>(resource: Resource) => ({
    ...resource,
    source: null,
    owner: isReplacing(resource) ? resource.owner : null,
  });
  return { ...manifest, clients: manifest.clients.map(bare), grants: manifest.grants.map(bare) };
}
