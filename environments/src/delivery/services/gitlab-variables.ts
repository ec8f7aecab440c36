import { word } from "xtremepush-access/text";
import { z } from "zod";
import { EnvironmentFailure } from "../../environment-failure";
import type { Field } from "../../file/destinations";
import type { Destination, Held, Removal, Values } from "../destination";
import { namedValues } from "../named-values";
import { readAnswer, type ServiceAnswer } from "./service-answer";
import { ServiceClient } from "./service-client";
import type { Surroundings } from "./surroundings";
import { missingToken, type Token, tokenIn } from "./token";

interface GitLabSettings {
  /** The path or the ID. */
  readonly project: string | number;
  /** The environments that see the variables: `*` is all of them. */
  readonly environment: string;
  readonly variables: Readonly<Record<string, Field>>;
  readonly masked: boolean;
  readonly hidden: boolean;
  readonly protected: boolean;
  readonly tokenVariable?: string | undefined;
  readonly url: string;
}

/** Source: https://docs.gitlab.com/api/project_level_variables/ */
const VALUE_MAX = 10_000;

/** The fields whose values logs must not show. */
const SECRET_FIELDS: readonly string[] = ["clientSecret", "value"];

const Variable = z.object({
  // GitLab does not give the value of a hidden variable.
  value: z.string().nullish(),
  protected: z.boolean(),
  masked: z.boolean(),
  raw: z.boolean().optional(),
  hidden: z.boolean().optional(),
});
type Variable = z.output<typeof Variable>;

const OwnToken = z.object({ scopes: z.array(z.string()) });

/** The CI/CD variables of a GitLab project, for one environment scope. */
export class GitLabVariables implements Destination {
  readonly kind = "gitlab";
  readonly place: string;
  readonly #settings: GitLabSettings;
  readonly #surroundings: Surroundings;

  constructor(settings: GitLabSettings, surroundings: Surroundings) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.place = `${settings.project} ${settings.environment}`;
  }

  async check(values: Values | null, isRemoval = false): Promise<Held> {
    const client = this.#client();
    if (values === null) {
      await this.#assertAllowed(client, isRemoval);
      if (isRemoval) return "unknown";
      for (const name of this.#names()) this.#assertHideable(name, await this.#read(client, name));
      return "unknown";
    }
    const held = new Map<string, Variable>();
    for (const name of this.#names()) {
      const variable = await this.#read(client, name);
      if (variable !== null) held.set(name, variable);
    }
    const wanted = namedValues(this.#settings.variables, values);
    if (held.size === 0) return "missing";
    if ([...wanted].some(([name, value]) => !this.#mayBe(name, value, held.get(name)))) return "stale";
    return [...held.values()].some(isUnreadable) ? "unknown" : "current";
  }

  async deliver(values: Values): Promise<void> {
    const wanted = namedValues(this.#settings.variables, values);
    for (const [name, value] of wanted) this.#assertAccepted(name, value);
    const client = this.#client();
    for (const [name, value] of wanted) await this.#put(client, name, value);
  }

  async remove(): Promise<Removal> {
    const client = this.#client();
    let isFound = false;
    for (const name of this.#names()) {
      const { status } = await this.#send(client, { method: "DELETE", name, accepts: [404] });
      if (status !== 404) isFound = true;
    }
    if (isFound) return "removed";
    const { status } = await client.send({ method: "GET", path: this.#project(), accepts: [404] });
    return status === 404 ? "left" : "removed";
  }

  #names(): string[] {
    return Object.keys(this.#settings.variables);
  }

  /** Whether a variable holds a value with the settings of the delivery, as far as GitLab shows it. */
  #mayBe(name: string, value: string, held: Variable | undefined): boolean {
    if (held === undefined) return false;
    const { masked, protected: isProtected } = this.#flagsOf(name);
    if (held.masked !== masked || held.protected !== isProtected || held.raw === false) return false;
    return isUnreadable(held) || held.value === value;
  }

  #flagsOf(name: string): { readonly masked: boolean; readonly hidden: boolean; readonly protected: boolean } {
    const { variables, masked, hidden, protected: isProtected } = this.#settings;
    const isSecret = SECRET_FIELDS.includes(variables[name] ?? "");
    return { masked: isSecret && (masked || hidden), hidden: isSecret && hidden, protected: isProtected };
  }

  async #read(client: ServiceClient, name: string): Promise<Variable | null> {
    const { status, body } = await this.#send(client, { method: "GET", name, accepts: [404] });
    return status === 404 ? null : readAnswer(Variable, body, "GitLab");
  }

  async #put(client: ServiceClient, name: string, value: string): Promise<void> {
    const { masked, hidden, protected: isProtected } = this.#flagsOf(name);
    const { environment } = this.#settings;
    // A raw variable keeps a $ as it is.
    const fields = { value, masked, protected: isProtected, raw: true, environment_scope: environment };
    const held = await this.#read(client, name);
    this.#assertHideable(name, held);
    if (held !== null) {
      await this.#send(client, { method: "PUT", name, body: fields });
      return;
    }
    const path = this.#path();
    const body = { key: name, ...fields, ...(hidden ? { masked_and_hidden: true } : {}) };
    const { status } = await client.send({ method: "POST", path, body, accepts: [400] });
    if (status !== 400) return;
    // It may be there by now: also by this call, when its first answer was lost.
    if ((await this.#read(client, name)) === null) {
      throw new EnvironmentFailure(
        `GitLab does not accept ${word(name)} (400); check its name, and whether its value can be masked`,
      );
    }
    await this.#send(client, { method: "PUT", name, body: fields });
  }

  /** GitLab hides a variable only when it is made. */
  #assertHideable(name: string, held: Variable | null): void {
    if (held === null || held.hidden === true || !this.#flagsOf(name).hidden) return;
    throw new EnvironmentFailure(
      `GitLab: ${name} is there and not hidden, and GitLab hides a variable only when it is made; delete it there, or take \`hidden\` away`,
    );
  }

  /** GitLab refuses these values with a sentence that does not say why. */
  #assertAccepted(name: string, value: string): void {
    if (value.length > VALUE_MAX) {
      throw new EnvironmentFailure(`the value of ${name} has more than the 10,000 characters that GitLab takes`);
    }
    // The rule of a variable that is raw: app/models/concerns/ci/maskable.rb of GitLab.
    if (!this.#flagsOf(name).masked || /^\S{8,}$/.test(value)) return;
    throw new EnvironmentFailure(
      `the value of ${name} cannot be masked: GitLab masks 8 or more characters on one line without spaces; deliver another value, or set \`masked: false\``,
    );
  }

  #send(client: ServiceClient, { name, ...call }: VariableCall): Promise<ServiceAnswer> {
    // Without it, the same name of another scope can be meant.
    const query = { "filter[environment_scope]": this.#settings.environment };
    return client.send({ ...call, path: [...this.#path(), name], query });
  }

  #project(): string[] {
    return ["api", "v4", "projects", String(this.#settings.project)];
  }

  #path(): string[] {
    return [...this.#project(), "variables"];
  }

  /** A removal has nothing to do without the project. @throws EnvironmentFailure when the token cannot do what `up` and `down` need. */
  async #assertAllowed(client: ServiceClient, isRemoval: boolean): Promise<void> {
    const asked = { method: "GET", path: this.#path(), query: { per_page: "1" } } as const;
    if ((await client.send({ ...asked, accepts: isRemoval ? [404] : [] })).status === 404) return;
    // It answers for the tokens of people, projects and groups, and not for those of OAuth.
    const path = ["api", "v4", "personal_access_tokens", "self"];
    const { status, body } = await client.send({ method: "GET", path, accepts: [401, 403, 404] });
    if (status !== 200 || readAnswer(OwnToken, body, "GitLab").scopes.includes("api")) return;
    throw new EnvironmentFailure(`GitLab: ${this.#token().origin} lacks the scope api; make one that has it`);
  }

  #token(): Token {
    const variable = this.#settings.tokenVariable ?? "GITLAB_TOKEN";
    const token = tokenIn(variable, this.#surroundings.variables);
    if (token === null) throw missingToken("GitLab", variable);
    return token;
  }

  #client(): ServiceClient {
    const { project, url } = this.#settings;
    const { text, origin } = this.#token();
    const refusals = {
      400: "it does not accept the variable (400); check its name, and whether its value can be masked",
      401: `${origin} is not valid or has expired; get a new one`,
      403: `${origin} may not change the variables of ${word(String(project))}; give it the scope api and the role Maintainer`,
      404: `${word(String(project))} does not exist, or ${origin} may not see it; check \`project\` and \`url\``,
    };
    const headers = { authorization: `Bearer ${text}` };
    return new ServiceClient({ name: "GitLab", url, headers, refusals }, this.#surroundings.clock);
  }
}

interface VariableCall {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly name: string;
  readonly body?: unknown;
  readonly accepts?: readonly number[];
}

function isUnreadable({ value }: Variable): boolean {
  return value === null || value === undefined;
}
