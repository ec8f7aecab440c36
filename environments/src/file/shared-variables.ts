import { type Delivery, deliveryFor, writtenBy } from "./delivery";
import { isPattern, PLACEHOLDER } from "./environment-name";

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

/** Finds what two environments deliver to the same name at the same place. */
export function findSharedVariables(all: readonly Deliveries[]): SharedVariable[] {
  const firstOf = new Map<string, string>();
  return all.flatMap(({ entry, deliver }) =>
    placesOf(entry, deliver).flatMap(({ place, kind }) => {
      const fix = `put ${PLACEHOLDER} into ${kind === "dotenv" ? "the name of the file" : `the settings of ${kind}`}`;
      if (isPattern(entry)) {
        const message = `every environment of ${entry} would write ${place}; ${fix}`;
        return place.includes(PLACEHOLDER) ? [] : [{ entry, message }];
      }
      const first = firstOf.get(place) ?? entry;
      firstOf.set(place, first);
      return first === entry ? [] : [{ entry, message: `${first} and ${entry} both write ${place}; ${fix}` }];
    }),
  );
}

/** Where an entry writes: for a pattern, with the placeholder of its names. */
function placesOf(entry: string, deliver: readonly Delivery[]): { readonly place: string; readonly kind: string }[] {
  return deliver.flatMap((delivery) => {
    const own = isPattern(entry) ? delivery : (deliveryFor(delivery, entry).data ?? delivery);
    return writtenBy(own).map(({ kind, where, name }) => ({ place: `${name} in ${where}`, kind }));
  });
}
