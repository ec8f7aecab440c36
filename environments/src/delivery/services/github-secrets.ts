import { word } from "xtremepush-access/text";
import { z } from "zod";
import { EnvironmentFailure } from "../../environment-failure";
import type { Field } from "../../file/destinations";
import type { Destination, Held, Removal, Values } from "../destination";
import { namedValues } from "../named-values";
import { seal } from "./sealed-box";
import { readAnswer, type ServiceAnswer } from "./service-answer";
import { ServiceClient } from "./service-client";
import type { Surroundings } from "./surroundings";
import { missingToken, type Token, tokenIn } from "./token";

interface GitHubSettings {
  /** `acme/shop`. */
  readonly repository: string;
  /** Without it, the secrets are the repository's. */
  readonly environment?: string | undefined;
  readonly secrets: Readonly<Record<string, Field>>;
  readonly tokenVariable?: string | undefined;
  readonly url: string;
}

/** Source: https://docs.github.com/actions/reference/security/secrets */
const VALUE_MAX_BYTES = 48 * 1024;
/** How many secrets an environment or a repository can have, which is also what one page holds. */
const SECRETS_MAX = 100;

const Role = z.object({ admin: z.boolean(), push: z.boolean(), pull: z.boolean() });
type Role = z.output<typeof Role>;
const Repository = z.object({ permissions: Role.optional() });
const PublicKey = z.object({
  key_id: z.string(),
  key: z.base64().refine((key) => Buffer.from(key, "base64").length === 32),
});
const Listing = z.object({ secrets: z.array(z.object({ name: z.string() })) });

/** The secrets of a GitHub environment, or of a repository. GitHub shows that they exist, and never their values. */
export class GitHubSecrets implements Destination {
  readonly kind = "github";
  readonly place: string;
  readonly #settings: GitHubSettings;
  readonly #surroundings: Surroundings;

  constructor(settings: GitHubSettings, surroundings: Surroundings) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    const { repository, environment } = settings;
    this.place = environment === undefined ? repository : `${repository} ${environment}`;
  }

  async check(values: Values | null, isRemoval = false): Promise<Held> {
    const client = this.#client();
    if (values === null) {
      await this.#assertAllowed(client, isRemoval);
      return "unknown";
    }
    const { body, status } = await this.#send(client, { method: "GET", path: [], accepts: [404] });
    const held =
      status === 404 ? [] : readAnswer(Listing, body, "GitHub").secrets.map(({ name }) => name.toUpperCase());
    const wanted = [...namedValues(this.#settings.secrets, values).keys()];
    if (wanted.every((name) => !held.includes(name))) return "missing";
    return wanted.every((name) => held.includes(name)) ? "unknown" : "stale";
  }

  async deliver(values: Values): Promise<void> {
    const wanted = namedValues(this.#settings.secrets, values);
    for (const [name, value] of wanted) assertSize(name, value);
    const client = this.#client();
    await this.#makeEnvironment(client);
    const { body } = await this.#send(client, { method: "GET", path: ["public-key"] });
    const { key, key_id } = readAnswer(PublicKey, body, "GitHub");
    for (const [name, value] of wanted) {
      const encrypted_value = await seal(value, key);
      await this.#send(client, { method: "PUT", path: [name], body: { encrypted_value, key_id } });
    }
  }

  /** The GitHub environment stays: it may have protection rules, and deployments name it. */
  async remove(): Promise<Removal> {
    const client = this.#client();
    let isFound = false;
    for (const name of Object.keys(this.#settings.secrets)) {
      const { status } = await this.#send(client, { method: "DELETE", path: [name], accepts: [404] });
      if (status !== 404) isFound = true;
    }
    return isFound || (await this.#isSeen(client)) ? "removed" : "left";
  }

  /** Whether the token may write the repository: then what is not there is gone, also with its environment. */
  async #isSeen(client: ServiceClient): Promise<boolean> {
    const { body, status } = await client.send({ method: "GET", path: this.#repository(), accepts: [404] });
    return status !== 404 && this.#roleIn(body)?.push !== false;
  }

  #send(client: ServiceClient, { path, ...call }: SecretsCall): Promise<ServiceAnswer> {
    const { environment } = this.#settings;
    const secrets = environment === undefined ? ["actions", "secrets"] : ["environments", environment, "secrets"];
    const query = call.method === "GET" && path.length === 0 ? { per_page: String(SECRETS_MAX) } : {};
    return client.send({ ...call, path: [...this.#repository(), ...secrets, ...path], query });
  }

  #repository(): string[] {
    return ["repos", ...this.#settings.repository.split("/")];
  }

  /** A PUT to an environment that exists would take its protection rules away. */
  async #makeEnvironment(client: ServiceClient): Promise<void> {
    const { environment } = this.#settings;
    if (environment === undefined || (await this.#hasEnvironment(client))) return;
    await client.send({ method: "PUT", path: [...this.#repository(), "environments", environment] });
  }

  async #hasEnvironment(client: ServiceClient): Promise<boolean> {
    const { environment = "" } = this.#settings;
    const path = [...this.#repository(), "environments", environment];
    return (await client.send({ method: "GET", path, accepts: [404] })).status !== 404;
  }

  /**
   * A removal has nothing to do where the repository or the environment is not there.
   *
   * @throws EnvironmentFailure when the token cannot do what `up` and `down` need, as far as GitHub shows it.
   */
  async #assertAllowed(client: ServiceClient, isRemoval: boolean): Promise<void> {
    const { repository, environment } = this.#settings;
    const accepts = isRemoval ? [404] : [];
    const { body, headers, status } = await client.send({ method: "GET", path: this.#repository(), accepts });
    if (status === 404) return;
    const { origin } = this.#token();
    const scopes = headers["x-oauth-scopes"];
    // A classic token of a person names its scopes; no other one does.
    if (typeof scopes === "string" && scopes !== "" && !scopes.split(/, */).includes("repo")) {
      throw new EnvironmentFailure(`GitHub: ${origin} lacks the scope repo; make one that has it`);
    }
    const role = this.#roleIn(body);
    if (role !== null && !role.push) {
      throw new EnvironmentFailure(
        `GitHub: the owner of ${origin} may only read ${word(repository)}; give them the role Write, or take another token`,
      );
    }
    if (environment !== undefined && !(await this.#hasEnvironment(client))) {
      if (isRemoval || role === null || role.admin) return;
      throw new EnvironmentFailure(
        `GitHub: ${word(repository)} has no environment ${word(environment)}, and only an admin can make it; let one make it, or take their token`,
      );
    }
    await this.#send(client, { method: "GET", path: ["public-key"] });
  }

  /** What the owner of the token may do with the repository; null for the token of an app, of which GitHub does not say it. */
  #roleIn(repository: unknown): Role | null {
    const { permissions } = readAnswer(Repository, repository, "GitHub");
    return this.#token().text.startsWith("ghs_") || permissions?.pull !== true ? null : permissions;
  }

  #token(): Token {
    const variable = this.#settings.tokenVariable ?? "GITHUB_TOKEN";
    const token = tokenIn(variable, this.#surroundings.variables);
    if (token === null) throw missingToken("GitHub", variable);
    return token;
  }

  #client(): ServiceClient {
    const { repository, environment, url } = this.#settings;
    const { text, origin } = this.#token();
    const permissions =
      environment === undefined ? '"Secrets" (read and write)' : '"Environments" and "Administration" (read and write)';
    const refusals = {
      401: `${origin} is not valid or has expired; get a new one`,
      403: `${origin} may not change the secrets of ${word(repository)}; give it the permissions ${permissions}`,
      404: `${word(repository)} does not exist, or ${origin} may not see it; check \`repository\`, and the repositories of the token`,
      422: "it does not accept the secret (422); check the names of the secrets",
    };
    const headers = {
      authorization: `Bearer ${text}`,
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
    };
    return new ServiceClient({ name: "GitHub", url, headers, refusals }, this.#surroundings.clock);
  }
}

interface SecretsCall {
  readonly method: "GET" | "PUT" | "DELETE";
  /** After the path of the secrets. */
  readonly path: readonly string[];
  readonly body?: unknown;
  readonly accepts?: readonly number[];
}

function assertSize(name: string, value: string): void {
  if (Buffer.byteLength(value) <= VALUE_MAX_BYTES) return;
  throw new EnvironmentFailure(`the value of ${name} has more than the 48 KiB that a secret of GitHub can hold`);
}
