import type { Grant } from "xtremepush-access";
import { word } from "xtremepush-access/text";
import { Failure } from "../run/failure";
import { historyLines } from "../run/history";
import type { Connection } from "../run/session";

/** Somebody else's change since the state. */
export interface Mismatch {
  readonly live: Grant;
  readonly revision: number;
  readonly lines: readonly string[];
  readonly managedBy: string | null;
}

/** Reports who changed the grant since the state, and what changed. */
export async function changedMeanwhile(connection: Connection, mismatch: Mismatch): Promise<Failure> {
  const { live, revision, lines, managedBy } = mismatch;
  const span = { client: live.client, target: "grant", seen: revision, live: live.revision } as const;
  const owner =
    live.managedBy === managedBy
      ? []
      : [`  managedBy: ${word(live.managedBy ?? "null")} -> ${word(managedBy ?? "null")}`];
  return new Failure(
    [
      `the permissions of client ${live.client} were changed by ${word(live.updatedBy ?? "unknown")} at ${live.updatedTime} (revision ${revision} -> ${live.revision})`,
      ...(await historyLines(connection, span)),
      "from live to declared:",
      ...lines,
      ...owner,
      "run `pulumi refresh` to take the live state into account, then `pulumi up`",
    ].join("\n"),
  );
}
