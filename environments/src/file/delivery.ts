import { z } from "zod";
import { PLACEHOLDER } from "./environment-name";

const Text = z.string().min(1).max(1_000);

/** What a client has for an application. A stack's output has one field, `value`. */
const CLIENT_FIELDS = ["clientId", "clientSecret", "project"] as const;
const OUTPUT_FIELD = "value";
export const Field = z.enum([...CLIENT_FIELDS, OUTPUT_FIELD]);
export type Field = z.output<typeof Field>;

const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, "a variable is letters, digits and _, and starts with no digit");

const FileName = Text.refine(
  (file) => !/[{}]/.test(file.replaceAll(PLACEHOLDER, "")),
  `a file has no braces but those of ${PLACEHOLDER}`,
);

/** A program and its arguments; no shell reads them. */
const CommandLine = z
  .array(z.string().max(10_000))
  .min(1)
  .refine(([program, ...args]) => program !== "" && ![program, ...args].some((part) => part?.includes("\0")), {
    message: "a command starts with the name of a program, and holds no NUL",
  });

/** A dotenv file, relative to the folder of Pulumi.yaml. */
const Dotenv = z.strictObject({
  file: FileName.meta({ description: `The file, relative to the folder of Pulumi.yaml: .env.${PLACEHOLDER}` }),
  variables: z
    .record(VariableName, Field)
    .refine((variables) => Object.keys(variables).length > 0, "name at least one variable")
    .meta({ description: "Which field each variable gets: { CRM_CLIENT_SECRET: clientSecret }" }),
});

/** A command that reads the credential from its standard input. */
const Stdin = z.strictObject({
  command: CommandLine.meta({ description: `The command; ${PLACEHOLDER} is the name of the environment` }),
  field: Field.optional().meta({
    description: "The field that the command reads, without a line break; without it, all fields as one JSON object",
  }),
  remove: CommandLine.optional().meta({ description: "The command that takes the credential away again, on `down`" }),
});

const DESTINATIONS = ["dotenv", "stdin"] as const;

/** One credential and the place where it is delivered. */
export const Delivery = z
  .strictObject({
    client: Text.optional().meta({ description: "The name of a client, as in the program" }),
    output: Text.optional().meta({ description: "The name of an output of the stack" }),
    dotenv: Dotenv.optional(),
    stdin: Stdin.optional(),
  })
  .superRefine((delivery, context) => {
    const refuse = (message: string) => context.addIssue({ code: "custom", path: [], message });
    if ((delivery.client === undefined) === (delivery.output === undefined)) {
      refuse("a delivery names either a client or an output");
    }
    if (DESTINATIONS.filter((name) => delivery[name] !== undefined).length !== 1) {
      refuse(`a delivery names one destination: ${DESTINATIONS.join(" or ")}`);
    }
    const isOutput = delivery.output !== undefined;
    for (const [path, field] of fieldsOf(delivery)) {
      if ((field === OUTPUT_FIELD) === isOutput) continue;
      const fields = isOutput ? OUTPUT_FIELD : CLIENT_FIELDS.join(", ");
      const message = `${isOutput ? "an output" : "a client"} has no ${field}, only ${fields}`;
      context.addIssue({ code: "custom", path: [...path], message });
    }
  });
export type Delivery = z.output<typeof Delivery>;

interface Destinations {
  readonly dotenv?: z.output<typeof Dotenv> | undefined;
  readonly stdin?: z.output<typeof Stdin> | undefined;
}

/** The fields that a delivery asks for, with their paths. */
function fieldsOf({ dotenv, stdin }: Destinations): (readonly [readonly string[], Field])[] {
  const ofDotenv = Object.entries(dotenv?.variables ?? {}).map(
    ([variable, field]) => [["dotenv", "variables", variable], field] as const,
  );
  return stdin?.field === undefined ? ofDotenv : [...ofDotenv, [["stdin", "field"], stdin.field]];
}
