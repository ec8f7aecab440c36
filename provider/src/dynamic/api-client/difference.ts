import type { Client } from "xtremepush-access";
import { readPublicKey } from "xtremepush-access/keys";
import { word } from "xtremepush-access/text";
import { UNKNOWN } from "../../protocol";
import { showValue } from "../run/show-value";
import type { Declaration } from "./inputs";
import { describeKey } from "./public-keys";

/** The fields that both the program and the backend have. */
type Comparable = Omit<Declaration, "secretOverlap">;

/** Returns one line for each field and each key whose live value differs; undeclared fields are not compared. */
export function clientDifference(live: Client, declared: Partial<Comparable>): string[] {
  const fields = ["name", "description", "managedBy", "secretVersion"] as const;
  const lines = fields.flatMap((field) => {
    const wanted = declared[field];
    return wanted === undefined || wanted === live[field]
      ? []
      : [`  ${field}: ${showValue(live[field])} -> ${showValue(wanted)}`];
  });
  return [...lines, ...keyLines(live.publicKeys, declared.publicKeys)];
}

function keyLines(live: Client["publicKeys"], declared: Comparable["publicKeys"] | undefined): string[] {
  if (declared === undefined) return [];
  // A label may be a property of every object, such as `constructor`.
  const [liveKeys, declaredKeys] = [new Map(Object.entries(live)), new Map(Object.entries(declared))];
  const labels = [...new Set([...liveKeys.keys(), ...declaredKeys.keys()])].sort();
  return labels.flatMap((label) => {
    const [there, wanted] = [liveKeys.get(label), declaredKeys.get(label)];
    if (wanted === UNKNOWN || there?.pem === wanted) return [];
    const [before, after] = [there, wanted === undefined ? undefined : readPublicKey(wanted)];
    return [
      `  publicKeys.${word(label)}: ${before ? describeKey(before) : "none"} -> ${after ? describeKey(after) : "none"}`,
    ];
  });
}
