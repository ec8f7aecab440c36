import { EnvironmentFailure } from "../environment-failure";
import type { Field } from "../file/destinations";
import type { Held, Values } from "./destination";

/**
 * The value of each name at a destination.
 *
 * @throws EnvironmentFailure for a value that no environment variable can hold.
 */
export function namedValues(fields: Readonly<Record<string, Field>>, values: Values): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(fields).map(([name, field]) => {
      const value = values[field] ?? "";
      if (!value.isWellFormed() || value.includes("\0")) {
        throw new EnvironmentFailure(
          `the value of ${name} has a NUL or half of a character, which no variable can hold; deliver another value`,
        );
      }
      return [name, value];
    }),
  );
}

/** Compares what is wanted with what a destination holds; undefined is a name that it does not hold. */
export function compareHeld(
  wanted: ReadonlyMap<string, string>,
  heldBy: (name: string) => string | undefined,
): Exclude<Held, "unknown"> {
  const names = [...wanted.keys()];
  if (names.every((name) => heldBy(name) === undefined)) return "missing";
  return names.every((name) => heldBy(name) === wanted.get(name)) ? "current" : "stale";
}
