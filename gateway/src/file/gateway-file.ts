import { RISKS, type Risk } from "xtremepush-access";
import { Duration, durationMs, ProjectSlug } from "xtremepush-access/schemas";
import { z } from "zod";
import { Address, isLoopback, withoutSlash } from "./address";
import { EndpointMapping, EndpointPath } from "./endpoint-mapping";
import { SecretSource } from "./secret-source";

/** The file that a gateway is started with, by default. */
export const GATEWAY_FILE = "gateway.yaml";

const GATEWAY_FILE_VERSION = 1;

const Host = z.string().regex(/^[\w.:-]+$/, "must be an address or a host name, like 127.0.0.1");
const Port = z.int().min(0).max(65_535);
const Milliseconds = Duration.transform(durationMs);

/** The lower-case names of headers that a credential can be sent in. */
const HeaderName = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, "must be the name of a header");

const VendorClient = z
  .strictObject({
    id: z.string().min(1).meta({ description: "The client ID of the vendor" }),
    secret: SecretSource,
    tokenPath: z.string().startsWith("/").default("/api/oauth/token").meta({ description: "Where its tokens are" }),
    header: HeaderName.default("authorization").meta({ description: "The header that carries its token" }),
    scheme: z.string().default("Bearer").meta({ description: "What stands before the token; empty for nothing" }),
  })
  .meta({ description: "A client of the vendor's own OAuth, instead of an app token" });

const Project = z
  .strictObject({
    upstream: Address.transform(withoutSlash).meta({
      description: "The External API of the project: https://external-api.xtremepush.com",
    }),
    appToken: SecretSource.optional(),
    vendorClient: VendorClient.optional(),
  })
  .refine(
    ({ appToken, vendorClient }) => (appToken === undefined) !== (vendorClient === undefined),
    "needs either appToken or vendorClient",
  )
  .meta({ description: "A project that this gateway serves, with the credential that only the gateway has" });
export type ProjectEntry = z.output<typeof Project>;

const Tls = z.strictObject({
  cert: z.string().min(1).meta({ description: "The file of the certificate and its chain, PEM" }),
  key: z.string().min(1).meta({ description: "The file of the private key, PEM" }),
});

const Listen = z.strictObject({
  host: Host.default("127.0.0.1"),
  port: Port.default(8430).meta({ description: "0 for any free one" }),
  tls: Tls.optional(),
});

const Limits = z.strictObject({
  body: z
    .int()
    .min(1_024)
    .max(64 * 1_048_576)
    .default(1_048_576)
    .meta({ description: "The largest body, in bytes" }),
  depth: z.int().min(1).max(256).default(32).meta({ description: "How deep a body may nest" }),
  connections: z.int().min(1).max(10_000).default(64).meta({ description: "Connections to the upstream of a project" }),
  waiting: z
    .int()
    .min(1)
    .max(100_000)
    .default(1_000)
    .meta({ description: "Requests of a project that may be under way or wait; more are answered with 503" }),
  connect: Milliseconds.prefault("5s").meta({ description: "How long a connection may take" }),
  answer: Milliseconds.prefault("30s").meta({
    description: "How long a call may wait for a connection, its answer may take to begin, and each pause in it",
  }),
  keepAlive: Milliseconds.prefault("4s").meta({
    description: "How long an idle connection to the upstream is kept: less than the upstream keeps it",
  }),
});
export type Limits = z.output<typeof Limits>;

/** The shortest age, in seconds: while nothing changes, what is known is confirmed as it was up to 10 seconds ago. */
const STALE_MIN_S = 15;
const StaleAge = Milliseconds.refine((ms) => ms >= STALE_MIN_S * 1_000, `must be at least ${STALE_MIN_S}s`);

/** How old a snapshot may be for each risk, in milliseconds. */
const Stale = z.strictObject({
  low: StaleAge.prefault("15m"),
  medium: StaleAge.prefault("15m"),
  high: StaleAge.prefault("60s"),
  critical: StaleAge.prefault("60s"),
} satisfies Record<Risk, z.ZodType>);
export type StaleAges = z.output<typeof Stale>;

/** `gateway.yaml`. */
export const GatewayFile = z
  .strictObject({
    version: z.literal(GATEWAY_FILE_VERSION),
    listen: Listen.prefault({}),
    backend: z
      .strictObject({
        endpoint: Address.transform(withoutSlash),
        token: SecretSource,
      })
      .meta({ description: "The backend, and the token of an actor with the role gateway" }),
    projects: z
      .record(ProjectSlug, Project)
      .refine((projects) => Object.keys(projects).length > 0, "name at least one project"),
    state: z.string().min(1).default(".xtremepush-access-gateway").meta({
      description: "The folder of the last snapshot, from the folder of gateway.yaml",
    }),
    limits: Limits.prefault({}),
    stale: Stale.prefault({}).meta({
      description: "How old the snapshot may be while the backend is away, by the risk of the permission: at least 15s",
    }),
    endpoints: z.record(EndpointPath, EndpointMapping).default({}).meta({
      description: "Endpoints that the catalog does not know, or knows wrong",
    }),
    denials: z.enum(["problem", "vendor"]).default("problem").meta({
      description: "How refusals are written: as RFC 9457 problems, or in the vendor's envelope",
    }),
    use: z
      .strictObject({ report: z.boolean().default(true) })
      .prefault({})
      .meta({ description: "Whether the backend gets to know which permissions are used" }),
    metrics: z
      .strictObject({
        public: z.boolean().default(false).meta({ description: "Serves /metrics to everybody, beside the calls" }),
        host: Host.default("127.0.0.1"),
        port: Port.optional().meta({ description: "A port of its own for the metrics" }),
      })
      .prefault({}),
    decide: z
      .strictObject({
        host: Host.default("127.0.0.1"),
        port: Port,
        credential: z.boolean().default(false).meta({
          description: "Whether the answer carries the vendor's token, for a proxy that sends it on",
        }),
      })
      .refine(({ host, credential }) => !credential || isLoopback(host), {
        path: ["host"],
        message:
          "must be this machine where credential is true: the vendor's token would go over the network without TLS",
      })
      .optional()
      .meta({ description: "A listener of its own for /v1/decide, only for the proxy in front" }),
  })
  .meta({ description: "A gateway in front of the External API" });
export type GatewayFile = z.output<typeof GatewayFile>;

/** The longest age that any permission allows, in milliseconds. */
export function longestAge(stale: StaleAges): number {
  return Math.max(...RISKS.map((risk) => stale[risk]));
}
