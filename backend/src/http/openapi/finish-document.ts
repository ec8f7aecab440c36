/** The part of a document that is changed here. */
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: RequestBody }>>>>;
  readonly components: { schemas: Record<string, unknown> };
}

interface RequestBody {
  required: boolean;
  readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Schema {
  readonly type?: string;
  readonly anyOf?: readonly Schema[];
}

/**
 * Makes a document easier for generators: a body that may be left out is optional, and only the schemas that are used are
 * there, under their own names.
 */
export function finishDocument(document: object): object {
  // The plugin made it from the routes: it has at least these parts.
  const whole = JSON.parse(JSON.stringify(document)) as Document;
  for (const { requestBody } of Object.values(whole.paths).flatMap((path) => Object.values(path))) {
    if (requestBody !== undefined) requestBody.required = !mayBeNull(requestBody);
  }
  whole.components.schemas = usedSchemas(whole);
  return withOwnNames(whole);
}

/** Whether a body may be null, and so be left out; the plugin describes every one as required. */
function mayBeNull({ content }: RequestBody): boolean {
  return Object.values(content).some(({ schema }) => schema.anyOf?.some(({ type }) => type === "null"));
}

function usedSchemas({ paths, components: { schemas } }: Document): Record<string, unknown> {
  const used = new Set<string>();
  const add = (part: unknown): void => {
    for (const name of namesIn(part)) {
      if (used.has(name)) continue;
      used.add(name);
      add(schemas[name]);
    }
  };
  add(paths);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}

/** What only requests use has no need for the `Input` that fastify-type-provider-zod adds to its name. */
function withOwnNames({ components: { schemas, ...others }, ...rest }: Document): object {
  const own = (name: string): string => {
    const short = name.replace(/Input$/, "");
    return short in schemas ? name : short;
  };
  const named = Object.entries(schemas).map(([name, schema]) => [own(name), schema]);
  const text = JSON.stringify({ ...rest, components: { ...others, schemas: Object.fromEntries(named) } });
  return JSON.parse(text.replace(REFERENCE, (_reference, name: string) => referenceTo(own(name))));
}

const REFERENCE = /"\$ref":"#\/components\/schemas\/([^"]+)"/g;

function referenceTo(name: string): string {
  return `"$ref":"#/components/schemas/${name}"`;
}

function namesIn(part: unknown): string[] {
  return [...JSON.stringify(part).matchAll(REFERENCE)].flatMap(([, name]) => name ?? []);
}
