import path from "node:path";
import type { Delivery } from "./delivery";
import { isPattern, PLACEHOLDER, withName } from "./environment-name";

/** An entry and what it delivers. */
export interface Deliveries {
  readonly entry: string;
  readonly deliver: readonly Delivery[];
}

/** An entry whose credential another environment would overwrite, and why. */
export interface SharedVariable {
  readonly entry: string;
  readonly message: string;
}

/** Finds what two environments deliver to the same variable of the same file. */
export function findSharedVariables(all: readonly Deliveries[]): SharedVariable[] {
  const firstOf = new Map<string, string>();
  return all.flatMap(({ entry, deliver }) =>
    placesOf(deliver).flatMap(({ file, variable }) => {
      const fix = `put ${PLACEHOLDER} into the name of the file`;
      if (isPattern(entry)) {
        const message = `every environment of ${entry} would write ${variable} in ${file}; ${fix}`;
        return file.includes(PLACEHOLDER) ? [] : [{ entry, message }];
      }
      const place = `${variable} in ${path.normalize(withName(file, entry))}`;
      const first = firstOf.get(place) ?? entry;
      firstOf.set(place, first);
      return first === entry ? [] : [{ entry, message: `${first} and ${entry} both write ${place}; ${fix}` }];
    }),
  );
}

function placesOf(deliver: readonly Delivery[]): { readonly file: string; readonly variable: string }[] {
  return deliver.flatMap(({ dotenv }) =>
    dotenv === undefined ? [] : Object.keys(dotenv.variables).map((variable) => ({ file: dotenv.file, variable })),
  );
}
