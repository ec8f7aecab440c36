import { isIP } from "node:net";
import { resolve } from "node:path";
import { ClientId } from "xtremepush-access/schemas";
import { z } from "zod";
import { CONNECTIONS } from "../database/connections";
import { StartFailure } from "../failures/start-failure";
import { DEFAULT_LIMITS } from "../http/limits";
import { LOG_LEVELS } from "../http/log-settings";

export const LOG_FORMATS = ["text", "json"] as const;

/** The variable of each setting; secrets have no flag, because other users of the machine see a command line. */
export const VARIABLES = {
  /**
   * Token of the first admin; `token generate` creates one. When another admin exists, the backend ignores it with a
   * warning.
   * @default created at the first embedded start
   */
  adminToken: "XTREMEPUSH_ACCESS_ADMIN_TOKEN",
  /**
   * Folder of the embedded database.
   * @default `./.xtremepush-access`
   */
  dataDir: "XTREMEPUSH_ACCESS_DATA_DIR",
  /**
   * Address to listen on.
   * @default `127.0.0.1`
   */
  host: "XTREMEPUSH_ACCESS_HOST",
  /**
   * Port to listen on; 0 picks a free port.
   * @default `8420`
   */
  port: "XTREMEPUSH_ACCESS_PORT",
  /**
   * Address that clients and gateways use for the backend; every token contains it.
   * @default `http://HOST:PORT`
   */
  issuer: "XTREMEPUSH_ACCESS_ISSUER",
  /**
   * 32 bytes in base64url that encrypt the private signing keys; `key generate` creates them.
   * @default none
   */
  key: "XTREMEPUSH_ACCESS_KEY",
  /**
   * Proxies whose `X-Forwarded-For` the backend trusts: addresses or ranges, separated by commas.
   * @default none
   */
  trustedProxies: "XTREMEPUSH_ACCESS_TRUSTED_PROXIES",
  /**
   * Serves `/metrics` to everybody, not only to actors.
   * @default `false`
   */
  publicMetrics: "XTREMEPUSH_ACCESS_PUBLIC_METRICS",
  /**
   * Port that serves `/metrics` alone, to everybody who can reach it; 0 picks a free port.
   * @default none
   */
  metricsPort: "XTREMEPUSH_ACCESS_METRICS_PORT",
  /**
   * Address to serve the metrics on.
   * @default `127.0.0.1`
   */
  metricsHost: "XTREMEPUSH_ACCESS_METRICS_HOST",
  /**
   * Serves `/docs` and `/openapi.json` to everybody, not only to actors.
   * @default `false`
   */
  publicDocs: "XTREMEPUSH_ACCESS_PUBLIC_DOCS",
  /**
   * Requests of one actor in ten seconds; one address may send twice as many.
   * @default `5000`
   */
  requestLimit: "XTREMEPUSH_ACCESS_REQUEST_LIMIT",
  /**
   * Token requests of one client in ten seconds, and as many wrong secrets or assertions; one address may send five times as many.
   * @default `100`
   */
  tokenLimit: "XTREMEPUSH_ACCESS_TOKEN_LIMIT",
  /**
   * Clients whose assertions may lack a `jti`: client IDs separated by commas, or `all`. Whoever gets hold of such an assertion
   * can use it until its `exp`, up to an hour.
   * @default none
   */
  assertionsWithoutJti: "XTREMEPUSH_ACCESS_ASSERTIONS_WITHOUT_JTI",
  /**
   * `debug`, `info`, `warn`, `error` or `silent`.
   * @default `info`
   */
  logLevel: "XTREMEPUSH_ACCESS_LOG_LEVEL",
  /**
   * `text` writes lines for people, `json` writes one JSON object per line; both go to standard output.
   * @default `text` in a terminal, else `json`
   */
  logFormat: "XTREMEPUSH_ACCESS_LOG_FORMAT",
  /**
   * `server` needs DATABASE_URL, `embedded` ignores it.
   * @default `server` if DATABASE_URL is set, else `embedded`
   */
  database: "XTREMEPUSH_ACCESS_DATABASE",
  /**
   * Starts the gateway of the package `xtremepush-access-gateway` besides, to try it on an embedded database.
   * @default `false`
   */
  gateway: "XTREMEPUSH_ACCESS_GATEWAY",
  /**
   * The file of that gateway; its `backend` is this one.
   * @default `gateway.yaml`
   */
  gatewayFile: "XTREMEPUSH_ACCESS_GATEWAY_FILE",
  /**
   * Port of that gateway; 0 picks a free port.
   * @default that of its file, `8430`
   */
  gatewayPort: "XTREMEPUSH_ACCESS_GATEWAY_PORT",
  /**
   * Stops the backend when the process that started it has ended, as `npx` does on a signal that it does not pass on.
   * @default `false`
   */
  exitWithParent: "XTREMEPUSH_ACCESS_EXIT_WITH_PARENT",
  /**
   * Address of the PostgreSQL database; never printed.
   * @default none: embedded
   */
  databaseUrl: "DATABASE_URL",
  /**
   * Connections to the PostgreSQL server that one backend takes at most, besides 3 for listings, from 2 to 1000.
   * @default `10`
   */
  databaseConnections: "XTREMEPUSH_ACCESS_DATABASE_CONNECTIONS",
} as const;
export type SettingName = keyof typeof VARIABLES;

export const DATABASES = ["server", "embedded"] as const;

/**
 * Without these, a backend has other data, other keys, another admin or another name. An empty one is a secret or a template that did not
 * arrive, and is refused; any other empty variable counts as not set.
 */
const NEVER_EMPTY: ReadonlySet<string> = new Set([
  "adminToken",
  "dataDir",
  "issuer",
  "key",
  "database",
  "databaseUrl",
] satisfies SettingName[]);

const text = z.string();
const whole = (min: number, max: number) =>
  text
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);
const yes = z.enum(["true", "false"], "must be true or false").transform((value) => value === "true");

const host = text.regex(/^[\w.:-]+$/, "must be an address or a host name, like 127.0.0.1");

const schema = z.object({
  adminToken: text.nullable().default(null),
  dataDir: text
    .min(1, "must name a folder")
    .default("./.xtremepush-access")
    .transform((folder) => resolve(folder)),
  host: host.default("127.0.0.1"),
  port: whole(0, 65_535).default(8420),
  issuer: text
    .refine(isIssuer, "must be an http or https address without query and fragment, like https://access.example.com")
    .transform((issuer) => issuer.replace(/\/+$/, ""))
    .nullable()
    .default(null),
  key: text
    .regex(/^[\w-]{43}$/, "must be 32 bytes in base64url; make one with `xtremepush-access-backend key generate`")
    .transform((key) => new Uint8Array(Buffer.from(key, "base64url")))
    .nullable()
    .default(null),
  trustedProxies: text
    .transform((list) => list.split(",").map((entry) => entry.trim()))
    .refine((list) => list.every(isAddressOrRange), "must be addresses or ranges separated by commas, like 10.0.0.0/8")
    .default([]),
  publicMetrics: yes.default(false),
  metricsPort: whole(0, 65_535).nullable().default(null),
  metricsHost: host.default("127.0.0.1"),
  publicDocs: yes.default(false),
  requestLimit: whole(1, 100_000_000).default(DEFAULT_LIMITS.actorRequests),
  tokenLimit: whole(1, 100_000_000).default(DEFAULT_LIMITS.clientTokens),
  assertionsWithoutJti: text
    .transform((list) => (list === "all" ? ("all" as const) : list.split(",").map((entry) => entry.trim())))
    .refine(
      (list) => list === "all" || list.every((entry) => ClientId.safeParse(entry).success),
      "must be all, or client IDs separated by commas",
    )
    .default([]),
  logLevel: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(", ")}`).default("info"),
  logFormat: z
    .enum(LOG_FORMATS, `must be one of ${LOG_FORMATS.join(", ")}`)
    .nullable()
    .default(null),
  database: z
    .enum(DATABASES, `must be one of ${DATABASES.join(", ")}`)
    .nullable()
    .default(null),
  gateway: yes.default(false),
  gatewayFile: text.min(1, "must name a file").nullable().default(null),
  gatewayPort: whole(0, 65_535).nullable().default(null),
  exitWithParent: yes.default(false),
  databaseUrl: text
    .refine(isPostgresUrl, "must be the address of a PostgreSQL database, like postgresql://user@host:5432/name")
    .nullable()
    .default(null),
  databaseConnections: whole(2, 1_000).default(CONNECTIONS),
});

/** The settings of a backend. Without an `issuer`, it is the address on which the backend listens. */
export type Settings = z.output<typeof schema>;
export type Flags = Partial<Record<SettingName, string>>;

/** Reads the settings: a flag wins over its variable. @throws StartFailure that names the flag or the variable. */
export function readSettings(flags: Flags, environment: NodeJS.ProcessEnv): Settings {
  const given = readGiven(flags, environment);
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw new StartFailure(sentence(parsed.error.issues, flags), 2);
  if (parsed.data.database === "server" && parsed.data.databaseUrl === null) {
    throw new StartFailure(
      `${sourceOf("database", flags)} server needs ${VARIABLES.databaseUrl}, the address of the PostgreSQL server`,
      2,
    );
  }
  return parsed.data;
}

function readGiven(flags: Flags, environment: NodeJS.ProcessEnv): Flags {
  const given: Flags = { ...flags };
  for (const [name, variable] of Object.entries(VARIABLES) as [SettingName, string][]) {
    const value = environment[variable];
    if (given[name] !== undefined || value === undefined) continue;
    // It can be that of another application on this machine.
    if (name === "databaseUrl" && given.database === "embedded") continue;
    if (value !== "") given[name] = value;
    else if (NEVER_EMPTY.has(name)) {
      throw new StartFailure(`${variable} is empty: give it a value, or unset it if the default is meant`, 2);
    }
  }
  return given;
}

/** True for the addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

// The value stays out of the sentence: it can be a token, a key or a database address with its password.
function sentence(issues: readonly z.core.$ZodIssue[], flags: Flags): string {
  const [issue] = issues;
  // The schema's fields are the names of VARIABLES, so the path of an issue starts with one.
  const name = issue?.path[0] as SettingName;
  return `${sourceOf(name, flags)} ${issue?.message ?? "is not valid"}`;
}

function sourceOf(name: SettingName, flags: Flags): string {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return flags[name] === undefined ? VARIABLES[name] : flag;
}

function isIssuer(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, search, hash, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === "" && !/[?#]/.test(value);
}

function isPostgresUrl(value: string): boolean {
  return URL.canParse(value) && /^postgres(?:ql)?:$/.test(new URL(value).protocol);
}

function isAddressOrRange(entry: string): boolean {
  const [address = "", bits, more] = entry.split("/");
  const width = isIP(address) === 6 ? 128 : 32;
  return (
    isIP(address) > 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width))
  );
}
