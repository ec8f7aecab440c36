/** A route as `/openapi.json` describes it. */
export interface DescribedRoute {
  readonly query: readonly string[];
  /** The media type and the fields of the body; null without one. */
  readonly body: { readonly type: string; readonly fields: readonly string[] } | null;
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly properties?: object;
}

/** Finds what is described of a route such as `GET /v1/projects/:project`; a route that is not described has nothing. */
export function describedRoute({ paths, components }: Description, route: string): DescribedRoute {
  const [method = "", url = ""] = route.split(" ");
  const operation = paths[url.replace(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
  const query = (operation?.parameters ?? []).filter((parameter) => parameter.in === "query").map(({ name }) => name);
  const [content] = Object.entries(operation?.requestBody?.content ?? {});
  const fieldsOf = ({ $ref, anyOf = [], properties = {} }: Schema): string[] => [
    ...Object.keys(properties),
    ...anyOf.flatMap(fieldsOf),
    ...($ref === undefined ? [] : fieldsOf(components.schemas[$ref.split("/").at(-1) ?? ""] ?? {})),
  ];
  return { query, body: content === undefined ? null : { type: content[0], fields: fieldsOf(content[1].schema) } };
}
