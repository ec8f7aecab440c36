import path from "node:path";
import { z } from "zod";
import {
  CLIENT_FIELDS,
  DESTINATIONS,
  FIELD_SETTINGS,
  type Field,
  OUTPUT_FIELD,
  PLACE_SETTINGS,
  Text,
} from "./destinations";
import { withName } from "./environment-name";

/** One credential and the place where it is delivered. */
export const Delivery = z
  .strictObject({
    client: Text.optional().meta({ description: "The name of a client, as in the program" }),
    output: Text.optional().meta({ description: "The name of an output of the stack" }),
    ...DESTINATIONS,
  })
  .superRefine((delivery, context) => {
    const refuse = (message: string) => context.addIssue({ code: "custom", path: [], message });
    if ((delivery.client === undefined) === (delivery.output === undefined)) {
      refuse("a delivery names either a client or an output");
    }
    if (KINDS.filter((kind) => delivery[kind] !== undefined).length !== 1) {
      refuse(`a delivery names one destination: ${KINDS.slice(0, -1).join(", ")} or ${KINDS.at(-1)}`);
    }
    const isOutput = delivery.output !== undefined;
    for (const { path, field } of fieldsOf(delivery)) {
      if ((field === OUTPUT_FIELD) === isOutput) continue;
      const fields = isOutput ? OUTPUT_FIELD : CLIENT_FIELDS.join(", ");
      const message = `${isOutput ? "an output" : "a client"} has no ${field}, only ${fields}`;
      context.addIssue({ code: "custom", path: [...path], message });
    }
  });
export type Delivery = z.output<typeof Delivery>;

type Kind = keyof typeof DESTINATIONS;

// The keys of an object that is written out in the source are exactly those of its type.
const KINDS = Object.keys(DESTINATIONS) as readonly Kind[];

type Destinations = { readonly [K in Kind]?: z.output<(typeof DESTINATIONS)[K]> };

type FieldSettings = {
  readonly [K in (typeof FIELD_SETTINGS)[number]]?: Field | Readonly<Record<string, Field>> | undefined;
};
type Settings = Readonly<Record<string, unknown>>;

/** A field that a delivery asks for, and where its settings do. */
interface AskedField {
  readonly path: readonly string[];
  /** What the field is called there; null for the one field of a destination. */
  readonly name: string | null;
  readonly field: Field;
}

/** The fields that a delivery asks for; none where it takes all. */
export function fieldsOf(delivery: Destinations): AskedField[] {
  return KINDS.flatMap((kind) => {
    const settings: FieldSettings | undefined = delivery[kind];
    return FIELD_SETTINGS.flatMap((setting): AskedField[] => {
      const asked = settings?.[setting];
      if (asked === undefined) return [];
      if (typeof asked === "string") return [{ path: [kind, setting], name: null, field: asked }];
      return Object.entries(asked).map(([name, field]) => ({ path: [kind, setting, name], name, field }));
    });
  });
}

/** A named value at a destination. Two deliveries with the same one would overwrite each other. */
export interface Written {
  readonly kind: string;
  /** Where it is: the file, or the settings of the place. */
  readonly where: string;
  readonly name: string;
}

/** The named values that a delivery writes; none of a command, because nobody knows what it does. */
export function writtenBy(delivery: Destinations): Written[] {
  return fieldsOf(delivery).flatMap(({ path: [kind = ""], name }) =>
    name === null ? [] : [{ kind, where: placeOf(delivery, kind), name }],
  );
}

function placeOf(delivery: Destinations, named: string): string {
  const kind = KINDS.find((each) => each === named);
  const settings: Settings | undefined = kind && delivery[kind];
  const values = PLACE_SETTINGS.flatMap((setting) => {
    const value = settings?.[setting];
    return value === undefined ? [] : [setting === "file" ? path.normalize(String(value)) : String(value)];
  });
  return [...(kind === "dotenv" ? [] : [named]), ...values].join(" ");
}

/** A delivery that writes only some of its named values; null when none is left. */
export function withoutWritten(delivery: Delivery, isLeft: (written: Written) => boolean): Delivery | null {
  const written = writtenBy(delivery);
  if (written.length === 0) return delivery;
  const names = new Set(written.filter((each) => isLeft(each)).map(({ name }) => name));
  if (names.size === 0) return null;
  return Delivery.parse(
    changeSettings(delivery, (settings) =>
      Object.fromEntries(
        Object.entries(settings).map(([setting, value]) =>
          isByName(setting, value)
            ? [setting, Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name)))]
            : [setting, value],
        ),
      ),
    ),
  );
}

/** A delivery with the name of an environment in its settings; what is not valid with it is an issue. */
export function deliveryFor(delivery: Delivery, name: string): z.ZodSafeParseResult<Delivery> {
  return Delivery.safeParse(changeSettings(delivery, (settings) => filled(settings, name)));
}

function changeSettings(delivery: Delivery, change: (settings: Settings) => unknown): unknown {
  const changed = KINDS.flatMap((kind) => {
    const settings = delivery[kind];
    return settings === undefined ? [] : [[kind, change(settings)] as const];
  });
  return { ...delivery, ...Object.fromEntries(changed) };
}

function isByName(setting: string, value: unknown): value is object {
  return FIELD_SETTINGS.some((each) => each === setting) && typeof value === "object" && value !== null;
}

function filled(value: unknown, name: string): unknown {
  if (typeof value === "string") return withName(value, name);
  if (Array.isArray(value)) return value.map((each) => filled(each, name));
  if (typeof value !== "object" || value === null) return value;
  // The name of a variable has fewer characters than that of an environment: `assertDistinct` refuses what would be the same.
  const plain = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [withName(key, plain), filled(each, name)]));
}
