import { createHash } from "node:crypto";
import type { ClientDiff, EnvironmentDiff, PermissionChange } from "../model/access-diff";
import type { Review } from "../model/review";
import { parseSourcePosition } from "../model/source-position";
import { VERSION } from "../version";
import { type Finding, withinLimits } from "./sarif-limits";
import { quoted, SENTENCE_MAX, visible, visibleJson, word } from "./visible";
import { describeRisk } from "./wording";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

type Level = "error" | "warning" | "note";

interface SarifRule {
  readonly id: string;
  readonly level: Level;
  readonly text: string;
  /** GitHub sorts by it: https://docs.github.com/code-security/reference/code-scanning/sarif-support-for-code-scanning */
  readonly severity: string;
}

/** One rule for each risk, and one for each finding without a risk. */
const RULES = [
  { id: "gains-critical", level: "error", severity: "9.5", text: "A client gains a permission of critical risk" },
  { id: "gains-high", level: "error", severity: "8.0", text: "A client gains a permission of high risk" },
  { id: "gains-medium", level: "warning", severity: "5.0", text: "A client gains a permission of medium risk" },
  { id: "gains-low", level: "note", severity: "2.0", text: "A client gains a permission of low risk" },
  {
    id: "gains-unlisted",
    level: "error",
    severity: "8.0",
    text: "A client gains a permission that is not in the catalog",
  },
  { id: "changes-credentials", level: "warning", severity: "5.0", text: "The secret or the keys of a client change" },
  { id: "unknown-access", level: "error", severity: "8.0", text: "The access of a client is unknown" },
] as const satisfies readonly SarifRule[];
type RuleId = (typeof RULES)[number]["id"];

const GRAVEST_FIRST = RULES.toSorted((one, other) => Number(other.severity) - Number(one.severity)).map(({ id }) => id);

/**
 * Writes what a change gives as SARIF 2.1.0. Access that is taken away is not a finding. Paths are relative to the root of
 * the repository, in which `folder` holds the program.
 */
export function writeSarif({ diff }: Review, folder = ""): string {
  const findings = [
    ...diff.uncertain.map(({ why }) => ({ rule: "unknown-access", text: why, key: [why], source: null }) as const),
    ...diff.environments.flatMap((environment) =>
      environment.clients.flatMap((client) => findingsOf(environment, client)),
    ),
  ];
  const results = withinLimits<RuleId>(findings, GRAVEST_FIRST).map((finding) => result(finding, folder));
  const rules = RULES.map(({ id, level, text, severity }) => ({
    id,
    shortDescription: { text },
    defaultConfiguration: { level },
    properties: { tags: ["security", "access"], "security-severity": severity },
  }));
  const driver = { name: "xtremepush-access-review", semanticVersion: VERSION, rules };
  return visibleJson({
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "unicodeCodePoints", results }],
  });
}

function findingsOf({ pulumiProject, stack }: EnvironmentDiff, client: ClientDiff): Finding<RuleId>[] {
  const { id, nameBefore, nameAfter, permissions, credentials, unknown, source } = client;
  const name = `${quoted(nameAfter ?? nameBefore ?? id)} (${word(pulumiProject)}, stack ${word(stack)})`;
  const report = (rule: RuleId, text: string, ...key: string[]) => {
    return { rule, text: `${name} ${text}`, key: [pulumiProject, stack, id, ...key], source };
  };
  return [
    ...(unknown === null ? [] : [report("unknown-access", `has unknown access: ${unknown}`)]),
    ...permissions
      .filter(({ sign }) => sign !== "-")
      .map((change) => report(ruleOf(change), permissionText(change), change.permission)),
    ...credentials.map(({ credential }) => report("changes-credentials", `changes its ${credential}`, credential)),
  ];
}

function ruleOf({ risk }: PermissionChange): RuleId {
  return RULES.find(({ id }) => id === `gains-${risk}`)?.id ?? "gains-unlisted";
}

function permissionText(change: PermissionChange): string {
  const { sign, permission, title } = change;
  const verb = sign === "+" ? "gains" : "may gain";
  return `${verb} ${word(permission)}: ${title ?? "not in this catalog"} (${describeRisk(change)})`;
}

function result({ rule, text, key, source }: Finding<RuleId>, folder: string): unknown {
  const position = parseSourcePosition(source, folder) ?? { file: `${folder}Pulumi.yaml`, line: 1 };
  const artifactLocation = { uri: position.file.split("/").map(encodeURIComponent).join("/") };
  return {
    ruleId: rule,
    ruleIndex: RULES.findIndex(({ id }) => id === rule),
    level: RULES.find(({ id }) => id === rule)?.level,
    message: { text: escapeMessage(text) },
    locations: [{ physicalLocation: { artifactLocation, region: { startLine: position.line } } }],
    partialFingerprints: {
      "accessChange/v1": createHash("sha256")
        .update(JSON.stringify([rule, ...key]))
        .digest("hex"),
    },
  };
}

/** Escapes brackets, which make links: SARIF, section 3.11.6. */
function escapeMessage(text: string): string {
  return visible(text, SENTENCE_MAX).replace(/[\\[\]]/g, "\\$&");
}
