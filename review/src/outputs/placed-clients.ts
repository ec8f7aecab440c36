import { type ClientDiff, EFFECTS, type EnvironmentDiff, type PermissionChange } from "../model/access-diff";
import type { Finding } from "../model/decision";
import type { Review } from "../model/review";

/** What the rules decide about a client or one of its permissions, gravest first. */
const RULINGS = ["denied", "approval", "waived", "nothing"] as const;
export type Ruling = (typeof RULINGS)[number];

/** A client of a diff with its environment and what the rules decide about it. */
export interface PlacedClient {
  readonly environment: EnvironmentDiff;
  readonly client: ClientDiff;
  readonly findings: readonly Finding[];
  readonly ruling: Ruling;
}

/** The clients of all stacks that change, gravest first. */
export function placeClients({ diff, decision }: Review): PlacedClient[] {
  const byClient = Map.groupBy(decision.findings, ({ pulumiProject, stack, id }) => keyOf(pulumiProject, stack, id));
  return diff.environments
    .flatMap((environment) =>
      environment.clients.map((client) => {
        const findings = byClient.get(keyOf(environment.pulumiProject, environment.stack, client.id)) ?? [];
        return { environment, client, findings, ruling: gravestOf(findings) };
      }),
    )
    .sort(byGravity);
}

/** What the rules decide about one permission: by a rule about it, else by a rule about the whole client. */
export function rulingOf({ sign, permission }: PermissionChange, findings: readonly Finding[]): Ruling {
  if (sign === "-") return "nothing";
  return gravestOf(findings.filter((finding) => finding.permission === permission || finding.permission === null));
}

export function compareRulings(one: Ruling, other: Ruling): number {
  return RULINGS.indexOf(one) - RULINGS.indexOf(other);
}

// A permission that is not in the catalog may be of any risk.
const RISK_ORDER: readonly (string | null)[] = ["critical", null, "high", "medium", "low"];

/** Orders permissions: what is gained or may be before what is lost, and then the riskiest first. */
export function comparePermissions(one: PermissionChange, other: PermissionChange): number {
  return Number(one.sign === "-") - Number(other.sign === "-") || riskRank(one) - riskRank(other);
}

function riskRank({ risk }: PermissionChange): number {
  return RISK_ORDER.indexOf(risk);
}

function gravestOf(findings: readonly Finding[]): Ruling {
  return RULINGS.find((ruling) => findings.some(({ outcome }) => outcome === ruling)) ?? "nothing";
}

function byGravity(one: PlacedClient, other: PlacedClient): number {
  return (
    compareRulings(one.ruling, other.ruling) ||
    effectRank(one.client) - effectRank(other.client) ||
    riskiestRank(one.client) - riskiestRank(other.client)
  );
}

function effectRank({ effects: [gravest = "none"] }: ClientDiff): number {
  return EFFECTS.indexOf(gravest);
}

function riskiestRank({ permissions }: ClientDiff): number {
  return Math.min(RISK_ORDER.length, ...permissions.filter(({ sign }) => sign !== "-").map(riskRank));
}

function keyOf(...parts: readonly (string | null)[]): string {
  return JSON.stringify(parts);
}
