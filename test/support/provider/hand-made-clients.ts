import { type AccessClient, PERMISSION_IDS, type Permission, select } from "xtremepush-access";

/** Names that people, and people who mean harm, give to clients; each is one that the backend takes. */
const HOSTILE_NAMES = [
  '"; process.exit()//',
  "'); require('node:child_process').exec('true'); ('",
  "$\u007bprocess.exit(1)}",
  "`whoami`",
  "*/ throw new Error() /*",
  "// a comment",
  "</script><script>alert(1)</script>",
  "\\",
  "back\\slash \" and ' quotes",
  "delete",
  "import",
  "process",
  "permissions",
  "select",
  "require",
  "__proto__",
  "constructor",
  "2024 import",
  "42",
  "!!!",
  "???",
  "🚀",
  "👩‍👩‍👧 family",
  "Überweisung für Øl",
  "日本語の顧客",
  "Синхронизация",
  "مزامنة العملاء",
  "हिन्दी ग्राहक",
  "İstanbul ŉ ß ﬁ",
  "crm sync",
  "CRM-sync",
  "CRM, sync!",
  "CRM sync 2",
  "a-1",
  "a1",
  "a b",
  "aB",
  "x".repeat(100),
  `${"long words in a name ".repeat(4)}that never end`,
  "🚀".repeat(100),
  "漢".repeat(100),
] as const;

/** A client that is made in the usual way, by a person. */
export interface HandMade {
  readonly name: string;
  readonly description?: string;
  readonly secretVersion?: number;
  readonly publicKeys?: Readonly<Record<string, string>>;
  /** Left out, the client has no grant. */
  readonly permissions?: readonly Permission[];
}

/** Makes clients with their grants, eight at a time. */
export async function makeByHand(access: AccessClient, project: string, clients: readonly HandMade[]): Promise<void> {
  for (let start = 0; start < clients.length; start += 8) {
    await Promise.all(clients.slice(start, start + 8).map((client) => makeOne(access, project, client)));
  }
}

async function makeOne(access: AccessClient, project: string, handMade: HandMade): Promise<void> {
  const { permissions, ...client } = handMade;
  const { id } = await access.clients.create(project, client);
  if (permissions !== undefined) await access.grants.put(project, id, { permissions }, { ifMatch: 0 });
}

/** As many clients as asked for: the hostile names first, then ordinary ones, with grants of every kind. */
export function manyHandMade(amount: number): Omit<HandMade, "publicKeys">[] {
  return Array.from({ length: amount }, (_, index) => {
    const name = HOSTILE_NAMES[index] ?? `Integration ${index}`;
    const description = DESCRIPTIONS[index % DESCRIPTIONS.length];
    const permissions = GRANTS[index % GRANTS.length];
    return {
      name,
      ...(description !== undefined && { description }),
      ...(permissions !== undefined && { permissions }),
      ...(index % 10 === 3 && { secretVersion: index % 3 }),
    };
  });
}

const DESCRIPTIONS = [
  undefined,
  "Keeps profiles in step with the CRM",
  'Two lines:\nof "text" and `more` $\u007bthan} that\\',
  'It\'s "quoted" both ways, and it is long enough that the declaration of it must be written on several lines of its own',
  "漢字 ".repeat(60).trim(),
] as const;

const GRANTS: readonly (readonly Permission[] | undefined)[] = [
  ["import:profile", "info:task", "list:segment"],
  undefined,
  select({ access: "read", maxRisk: "low" }),
  PERMISSION_IDS,
  PERMISSION_IDS.filter((_, index) => index % 3 === 0),
  ["list:profile"],
  [],
];
