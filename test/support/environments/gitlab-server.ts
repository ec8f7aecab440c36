import type { ServiceReply, ServiceRequest } from "./service-server";

export interface GitLabVariable {
  readonly key: string;
  readonly value: string;
  readonly environment_scope: string;
  readonly protected: boolean;
  readonly masked: boolean;
  readonly hidden: boolean;
  readonly raw: boolean;
}

/** What a test changes, and sees. */
export interface FakeGitLab {
  readonly variables: GitLabVariable[];
  /** Of a member: 40 is a Maintainer. */
  level: number;
  /** Null for a token of OAuth, which cannot read itself. */
  scopes: readonly string[] | null;
  /** Runs before a variable is made. */
  beforeMake: () => void;
  handle(request: ServiceRequest): ServiceReply;
}

export const GITLAB_TOKEN = "glpat-right";

const messageOf = (status: number, message: unknown): ServiceReply => ({ status, body: { message } });

const UNAUTHORIZED = messageOf(401, "401 Unauthorized");

/**
 * GitLab's API with the project `acme/shop`, which is also 7. Its rules for masked values are those of
 * `app/models/concerns/ci/maskable.rb`, and its sentences those of GitLab 17.
 */
export function fakeGitLab(): FakeGitLab {
  const gitlab: FakeGitLab = {
    variables: [],
    level: 40,
    scopes: ["api"],
    beforeMake: () => undefined,
    handle(request) {
      if (request.headers.authorization !== `Bearer ${GITLAB_TOKEN}`) return UNAUTHORIZED;
      const [, , kind, project = ""] = request.segments;
      if (kind === "personal_access_tokens") {
        return gitlab.scopes === null ? UNAUTHORIZED : { body: { scopes: gitlab.scopes, active: true } };
      }
      if (!["acme/shop", "7"].includes(project)) return messageOf(404, "404 Project Not Found");
      return request.segments[4] === undefined ? { body: { id: 7 } } : answerVariables(gitlab, request);
    },
  };
  return gitlab;
}

function answerVariables(gitlab: FakeGitLab, request: ServiceRequest): ServiceReply {
  const needsApi = request.method !== "GET" && gitlab.scopes?.includes("api") === false;
  if (gitlab.level < 40 || needsApi) return messageOf(403, "403 Forbidden");
  const name = request.segments[5];
  if (name !== undefined) return answerOne(gitlab, request, name);
  return request.method === "POST" ? make(gitlab, request) : { body: gitlab.variables.map(shown) };
}

function answerOne({ variables }: FakeGitLab, { method, query, body }: ServiceRequest, name: string): ServiceReply {
  const scope = query.get("filter[environment_scope]");
  const found = variables.filter((each) => each.key === name && (scope === null || each.environment_scope === scope));
  const [variable, second] = found;
  if (variable === undefined) return messageOf(404, "404 Variable Not Found");
  if (second !== undefined) {
    return messageOf(
      409,
      "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
    );
  }
  if (method === "GET") return { body: shown(variable) };
  const index = variables.indexOf(variable);
  if (method === "DELETE") {
    variables.splice(index, 1);
    return { status: 204 };
  }
  const changed: GitLabVariable = { ...variable, ...Object(body), key: name };
  const refusal = refusalOf(changed);
  if (refusal !== null) return refusal;
  variables[index] = changed;
  return { body: shown(changed) };
}

function make(gitlab: FakeGitLab, { body }: ServiceRequest): ServiceReply {
  gitlab.beforeMake();
  const { masked_and_hidden: isHidden = false, ...fields } = Object(body);
  const made: GitLabVariable = {
    protected: false,
    raw: false,
    environment_scope: "*",
    ...fields,
    hidden: isHidden,
    masked: isHidden || fields.masked === true,
  };
  const { variables } = gitlab;
  if (variables.some((each) => each.key === made.key && each.environment_scope === made.environment_scope)) {
    return messageOf(400, { key: [`(${made.key}) has already been taken`] });
  }
  const refusal = refusalOf(made);
  if (refusal !== null) return refusal;
  variables.push(made);
  return { status: 201, body: shown(made) };
}

function refusalOf({ key, value, masked, raw }: GitLabVariable): ServiceReply | null {
  if (!/^\w{1,255}$/.test(key)) return messageOf(400, { key: ["can contain only letters, digits and '_'."] });
  if (value.length > 10_000) return messageOf(400, { value: ["is too long (maximum is 10000 characters)"] });
  const rule = raw ? /^\S{8,}$/ : /^[a-zA-Z0-9_+=/@:.~-]{8,}$/;
  return masked && !rule.test(value) ? messageOf(400, { value: ["is invalid"] }) : null;
}

function shown({ value, ...variable }: GitLabVariable): object {
  return { variable_type: "env_var", ...variable, value: variable.hidden ? null : value };
}
