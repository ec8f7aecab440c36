import { z } from "zod";
import { PLACEHOLDER } from "./environment-name";
import { isServiceUrl, SERVICE_URL_RULE } from "./service-url";

export const Text = z.string().min(1).max(1_000);

/** What a client has for an application. A stack's output has one field, `value`. */
export const CLIENT_FIELDS = ["clientId", "clientSecret", "project"] as const;
export const OUTPUT_FIELD = "value";
export const Field = z.enum([...CLIENT_FIELDS, OUTPUT_FIELD]);
export type Field = z.output<typeof Field>;

/** Text with `{name}`, checked as if an environment had the shortest name. */
function named(pattern: RegExp, message: string, shortest = "a"): z.ZodString {
  return Text.refine((text) => pattern.test(text.replaceAll(PLACEHOLDER, shortest)), message);
}

/** The fields of a credential by the name that each gets. */
function fieldsByName(name: z.ZodString, { thing, example }: { readonly thing: string; readonly example: string }) {
  return z
    .record(name, Field)
    .refine((fields) => Object.keys(fields).length > 0, `name at least one ${thing}`)
    .meta({ description: `Which field each ${thing} gets: ${example}` });
}

const VariableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,199}$/, "a variable is letters, digits and _, and starts with no digit");

const FileName = named(/^[^{}]*$/, `a file has no braces but those of ${PLACEHOLDER}`);

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
  variables: fieldsByName(VariableName, { thing: "variable", example: "{ CRM_CLIENT_SECRET: clientSecret }" }),
});

/** A command that reads the credential from its standard input. */
const Stdin = z.strictObject({
  command: CommandLine.meta({ description: `The command; ${PLACEHOLDER} is the name of the environment` }),
  field: Field.optional().meta({
    description: "The field that the command reads, without a line break; without it, all fields as one JSON object",
  }),
  remove: CommandLine.optional().meta({ description: "The command that takes the credential away again, on `down`" }),
});

// Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
const SecretName = named(
  /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/,
  "a Secret is at most 253 lower-case letters, digits, dots and hyphens, and starts and ends with a letter or digit",
);
const Namespace = named(
  /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  "a namespace is at most 63 lower-case letters, digits and inner hyphens",
);
const SecretKey = z
  .string()
  .regex(/^(?!\.\.?$)[\w.-]{1,253}$/, "a key of a Secret is letters, digits, dots, hyphens and underscores");

/** A Kubernetes Secret, as a manifest or in a cluster. */
const Kubernetes = z
  .strictObject({
    file: FileName.optional().meta({
      description: `The manifest to write, relative to the folder of Pulumi.yaml: secrets/crm.${PLACEHOLDER}.yaml`,
    }),
    apply: z.literal(true).optional().meta({ description: "Whether kubectl applies it, in place of a manifest" }),
    context: named(/^[^{}-][^{}]*$/, "a context is a name, and does not start with a hyphen")
      .optional()
      .meta({ description: "The context of kubectl's configuration; without it, the current one" }),
    namespace: Namespace.meta({ description: "The namespace, which must exist" }),
    name: SecretName.meta({ description: `The name of the Secret: crm-${PLACEHOLDER}` }),
    keys: fieldsByName(SecretKey, { thing: "key", example: "{ client-secret: clientSecret }" }),
  })
  .refine(({ file, apply }) => (file === undefined) === (apply === true), "name either `file`, or `apply: true`")
  .refine(({ context, apply }) => context === undefined || apply === true, "`context` needs `apply: true`");

const TokenVariable = VariableName.optional();

const ServiceUrl = Text.refine(isServiceUrl, SERVICE_URL_RULE);

const GitHubSecretName = named(
  /^(?!GITHUB_)[A-Z_][A-Z0-9_]{0,199}$/,
  "a secret of GitHub is upper-case letters, digits and _, and starts with no digit and not with GITHUB_",
  "A",
);

/** The secrets of a GitHub environment, or of a repository. */
const GitHub = z.strictObject({
  repository: Text.regex(
    /^[A-Za-z0-9][\w-]*\/(?!\.\.?$)[\w.-]+$/,
    "a repository is its owner and its name: acme/shop",
  ).meta({ description: "The owner and the name of the repository: acme/shop" }),
  environment: Text.max(255)
    .optional()
    .meta({
      description: `The GitHub environment, which is made when it is missing: ${PLACEHOLDER}; without it, the secrets are the repository's`,
    }),
  secrets: fieldsByName(GitHubSecretName, { thing: "secret", example: "{ CRM_CLIENT_SECRET: clientSecret }" }),
  tokenVariable: TokenVariable.meta({ description: "The variable with the token; without it, GITHUB_TOKEN" }),
  url: ServiceUrl.default("https://api.github.com").meta({
    description: "The API of an enterprise server: https://github.example.com/api/v3",
  }),
});

const PROJECT_RULE = "a project is its path or its ID: acme/shop or 123";

/** The CI/CD variables of a GitLab project. */
const GitLab = z.strictObject({
  project: z
    .union(
      [Text.regex(/^[\w.-]+(?:\/[\w.-]+)+$/, PROJECT_RULE), z.int(PROJECT_RULE).min(1, PROJECT_RULE)],
      PROJECT_RULE,
    )
    .meta({ description: "The path or the ID of the project: acme/shop" }),
  environment: Text.max(255)
    .default("*")
    .meta({ description: `The environments that see the variables: ${PLACEHOLDER}` }),
  variables: fieldsByName(z.string().regex(/^\w{1,255}$/, "a variable is letters, digits and _"), {
    thing: "variable",
    example: "{ CRM_CLIENT_SECRET: clientSecret }",
  }),
  masked: z
    .boolean()
    .default(true)
    .meta({ description: "Whether logs hide clientSecret and value; the other fields are not secret" }),
  hidden: z
    .boolean()
    .default(false)
    .meta({ description: "Whether nobody can read clientSecret and value in GitLab again" }),
  protected: z.boolean().default(false).meta({ description: "Whether only protected branches and tags see them" }),
  tokenVariable: TokenVariable.meta({ description: "The variable with the token; without it, GITLAB_TOKEN" }),
  url: ServiceUrl.default("https://gitlab.com").meta({ description: "The address of an own GitLab" }),
});

const VaultPath = named(
  /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.@-]+(?:\/[\w.@-]+)*$/,
  "a path is names separated by /, without one at the start or the end",
);

/** A secret of a KV v2 engine of HashiCorp Vault. */
const Vault = z.strictObject({
  mount: VaultPath.default("secret").meta({ description: "Where the KV v2 engine is mounted" }),
  path: VaultPath.meta({ description: `The path of the secret in it: crm/${PLACEHOLDER}` }),
  keys: fieldsByName(z.string().regex(/^[\w.-]{1,200}$/, "a key is letters, digits, dots, hyphens and underscores"), {
    thing: "key",
    example: "{ client_secret: clientSecret }",
  }),
  namespace: VaultPath.optional().meta({ description: "The namespace, of Vault Enterprise" }),
  tokenVariable: TokenVariable.meta({
    description: "The variable with the token; without it, VAULT_TOKEN, else the file ~/.vault-token",
  }),
  url: ServiceUrl.optional().meta({ description: "The address of Vault; without it, that in VAULT_ADDR" }),
});

/**
 * The kinds of destinations, by the word that names each in `access-env.yaml`. A kind has the fields that it gets in one of
 * `FIELD_SETTINGS`, and where it brings them in those of `PLACE_SETTINGS`.
 */
export const DESTINATIONS = {
  dotenv: Dotenv.optional(),
  stdin: Stdin.optional(),
  kubernetes: Kubernetes.optional(),
  github: GitHub.optional(),
  gitlab: GitLab.optional(),
  vault: Vault.optional(),
};

/** A setting that is one field, or a field for each name. */
export const FIELD_SETTINGS = ["field", "variables", "keys", "secrets"] as const;

/** The settings that say where the named fields are. */
export const PLACE_SETTINGS = [
  ...["url", "context", "mount", "namespace", "path"],
  ...["repository", "project", "environment", "file", "name"],
] as const;
