import { compare } from "../../../review/src/compare/compare";
import { decide } from "../../../review/src/gate/decide";
import type { Manifest } from "../../../review/src/model/manifest";
import type { Review } from "../../../review/src/model/review";
import { readRules } from "../../../review/src/rules-file/read-rules";
import { manifestOf, type WrittenClient } from "./manifests";

/** What happens to each eighth client; null where the client does not exist. */
const CHANGES: readonly (readonly [WrittenClientFacts | null, WrittenClientFacts | null])[] = [
  [{ permissions: ["list:tag"] }, { permissions: ["list:tag", "export:segment"] }],
  [{ permissions: ["list:tag"] }, { permissions: ["list:tag", "import:profile"] }],
  [{ permissions: ["list:tag", "info:task"] }, { permissions: ["list:tag"] }],
  [
    { permissions: ["list:tag"], name: "Old" },
    { permissions: ["list:tag"], name: "New" },
  ],
  [
    { permissions: ["list:tag"], secretVersion: 1 },
    { permissions: ["list:tag"], secretVersion: 2 },
  ],
  [{ permissions: ["list:tag"] }, { permissions: ["list:tag"] }],
  [{ permissions: [] }, { permissions: ["list:tag"] }],
  [{ permissions: ["list:segment"] }, null],
];

type WrittenClientFacts = Pick<WrittenClient, "permissions" | "name" | "secretVersion">;

const RULES = `version: 1
rules:
  - id: no-bulk-export
    outcome: deny
    reason: only the warehouse may export personal data in bulk
    when: { permission: export:segment, stack: "prod*" }
`;

/** A review of a pull request that changes many clients in many stacks, a third of which are called `prod-…`. */
export function reviewOfMany(stacks: number, clients: number): Review {
  const side = (index: 0 | 1) => Array.from({ length: stacks }, (_, stack) => manifestIn(stack, clients, index));
  const diff = compare(side(0), side(1));
  const decision = decide(diff, readRules(RULES, "access-review.yaml"), new Date("2027-01-15T12:00:00Z"));
  const from = { base: "main", head: "HEAD", rulesFrom: "main:access-review.yaml", program: "" };
  return { version: 1, ...from, notes: [], diff, decision };
}

function manifestIn(stack: number, clients: number, side: 0 | 1): Manifest {
  const written = Array.from({ length: clients }, (_, index): WrittenClient[] => {
    const facts = CHANGES[index % CHANGES.length]?.[side];
    const number = String(index + 1).padStart(String(clients).length, "0");
    const name = `${facts?.name === undefined ? "" : `${facts.name} `}Integration ${number}`;
    const [client, grant] = [`index.ts:${index * 2 + 3}`, `index.ts:${index * 2 + 4}`];
    return facts
      ? [{ resource: `integration-${number}`, ...facts, name, source: client, grant: { source: grant } }]
      : [];
  });
  return manifestOf(written.flat(), { stack: `${stack % 3 === 0 ? "prod" : "test"}-${stack + 1}` });
}
