import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { word } from "xtremepush-access/text";
import { z } from "zod";
import { EnvironmentFailure, refusal } from "../../environment-failure";
import type { Field } from "../../file/destinations";
import { isServiceUrl, SERVICE_URL_RULE } from "../../file/service-url";
import type { Destination, Held, Removal, Values } from "../destination";
import { compareHeld, namedValues } from "../named-values";
import { readAnswer } from "./service-answer";
import { ServiceClient } from "./service-client";
import type { Surroundings } from "./surroundings";
import { checkedToken, missingToken, type Token, tokenIn } from "./token";

interface VaultSettings {
  readonly mount: string;
  readonly path: string;
  readonly keys: Readonly<Record<string, Field>>;
  readonly namespace?: string | undefined;
  readonly tokenVariable?: string | undefined;
  readonly url?: string | undefined;
}

/** How often a write starts again when somebody else has written in between. */
const WRITES_MAX = 5;

const Data = z.record(z.string(), z.unknown());
const Mount = z.object({
  data: z.object({ type: z.string(), options: z.object({ version: z.string() }).nullish() }),
});
const Capabilities = z.object({ data: Data });
const Version = z.object({
  data: z.object({ data: Data.nullable(), metadata: z.object({ version: z.number() }) }),
});

type Data = z.output<typeof Data>;

interface PartCall {
  readonly method: "GET" | "POST" | "DELETE";
  readonly part: "data" | "metadata";
  readonly accepts: readonly number[];
  readonly body?: unknown;
}

/** A secret of a KV v2 engine of HashiCorp Vault, in which only the keys of the delivery change. */
export class VaultSecret implements Destination {
  readonly kind = "vault";
  readonly place: string;
  readonly #settings: VaultSettings;
  readonly #surroundings: Surroundings;

  constructor(settings: VaultSettings, surroundings: Surroundings) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.place = `${settings.mount}/${settings.path}`;
  }

  async check(values: Values | null): Promise<Held> {
    const client = await this.#client();
    if (values === null) {
      await this.#assertCapable(client);
      await this.#assertVersion2(client);
      return "unknown";
    }
    const { data } = await this.#read(client);
    return compareHeld(namedValues(this.#settings.keys, values), (name) => textOf(data?.[name]));
  }

  async deliver(values: Values): Promise<void> {
    const wanted = Object.fromEntries(namedValues(this.#settings.keys, values));
    await this.#change(await this.#client(), (data) => ({ ...data, ...wanted }));
  }

  async remove(): Promise<Removal> {
    const own = new Set(Object.keys(this.#settings.keys));
    const client = await this.#client();
    const left = await this.#change(
      client,
      (data) => data && Object.fromEntries(Object.entries(data).filter(([name]) => !own.has(name))),
    );
    if (left === null || Object.keys(left).length > 0) return "removed";
    // The versions before still have the credential.
    await this.#send(client, { method: "DELETE", part: "metadata", accepts: [404] });
    return "removed";
  }

  /** Changes the data of now, and starts again when it is no longer that of now. */
  async #change(client: ServiceClient, change: (data: Data | null) => Data | null): Promise<Data | null> {
    for (let write = 0; write < WRITES_MAX; write++) {
      const { data, version } = await this.#read(client);
      const changed = change(data);
      if (isDeepStrictEqual(changed, data)) return data;
      const { status, body } = await this.#send(client, {
        method: "POST",
        part: "data",
        accepts: [400],
        body: { options: { cas: version }, data: changed },
      });
      if (status !== 400) return changed;
      if (!isLost(body))
        throw new EnvironmentFailure(`Vault refused to write ${word(this.place)} (400); check its settings`);
    }
    throw new EnvironmentFailure(
      `Vault refused ${WRITES_MAX} writes of ${word(this.place)}, because others were writing it; run it again`,
    );
  }

  /** A secret that does not exist is at version 0; one that is deleted keeps its version. */
  async #read(client: ServiceClient): Promise<{ readonly data: Data | null; readonly version: number }> {
    const { body } = await this.#send(client, { method: "GET", part: "data", accepts: [404] });
    const read = Version.safeParse(body);
    if (!read.success) return { data: null, version: 0 };
    return { data: read.data.data.data, version: read.data.data.metadata.version };
  }

  #send(client: ServiceClient, { part, ...call }: PartCall) {
    const { mount, path } = this.#settings;
    return client.send({ ...call, path: ["v1", ...mount.split("/"), part, ...path.split("/")] });
  }

  /** @throws EnvironmentFailure when the token cannot do what `up` and `down` need. */
  async #assertCapable(client: ServiceClient): Promise<void> {
    const { mount, path } = this.#settings;
    const needed = new Map([
      [`${mount}/data/${path}`, ["create", "read", "update"]],
      [`${mount}/metadata/${path}`, ["delete"]],
    ]);
    const { body } = await client.send({
      method: "POST",
      path: ["v1", "sys", "capabilities-self"],
      body: { paths: [...needed.keys()] },
    });
    const { data } = readAnswer(Capabilities, body, "Vault");
    const lacking = [...needed].flatMap(([path, capabilities]) => {
      const has = z.array(z.string()).catch([]).parse(data[path]);
      const lacks = has.includes("root") ? [] : capabilities.filter((each) => !has.includes(each));
      return lacks.length === 0 ? [] : [`${lacks.join(", ")} on ${path}`];
    });
    if (lacking.length === 0) return;
    throw new EnvironmentFailure(
      `Vault: ${(await this.#token()).origin} lacks ${lacking.join(" and ")}; give its policy these capabilities`,
    );
  }

  async #assertVersion2(client: ServiceClient): Promise<void> {
    const { mount } = this.#settings;
    const { body, status } = await client.send({
      method: "GET",
      path: ["v1", "sys", "internal", "ui", "mounts", ...mount.split("/")],
      accepts: [403, 404],
    });
    const read = Mount.safeParse(body);
    if (status === 200 && read.success && read.data.data.type === "kv" && read.data.data.options?.version === "2")
      return;
    throw new EnvironmentFailure(
      `Vault: no KV v2 engine is mounted at ${word(mount)}; name its mount in \`mount\`, or upgrade it from version 1`,
    );
  }

  async #token(): Promise<Token> {
    const { variables } = this.#surroundings;
    const { tokenVariable } = this.#settings;
    const token = tokenIn(tokenVariable ?? "VAULT_TOKEN", variables);
    if (token !== null) return token;
    if (tokenVariable !== undefined) throw missingToken("Vault", tokenVariable);
    // Where `vault login` writes it.
    const text = await readFile(path.join(variables["HOME"] ?? homedir(), ".vault-token"), "utf8").catch(() => "");
    if (text.trim() === "") throw missingToken("Vault", "VAULT_TOKEN, or run `vault login`");
    return checkedToken({ text: text.trim(), origin: "the token in ~/.vault-token" });
  }

  async #client(): Promise<ServiceClient> {
    const { namespace } = this.#settings;
    const { text, origin } = await this.#token();
    const refusals = {
      400: "it refused the request (400); check the settings of the delivery",
      403: `${origin} is not valid, has expired, or may not do this; get a new one, or let its policy allow ${word(this.place)}`,
      404: "there is no such path; check `url`, `namespace` and `mount`",
    };
    const headers = {
      "x-vault-token": text,
      "x-vault-request": "true",
      ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
    };
    return new ServiceClient({ name: "Vault", url: this.#url(), headers, refusals }, this.#surroundings.clock);
  }

  #url(): string {
    const { url } = this.#settings;
    if (url !== undefined) return url;
    const address = this.#surroundings.variables["VAULT_ADDR"];
    if (address === undefined || address === "") {
      throw refusal("the address of Vault is not known; set VAULT_ADDR, or `url` of the delivery");
    }
    if (isServiceUrl(address)) return address;
    throw refusal(`VAULT_ADDR is not valid: ${SERVICE_URL_RULE}`);
  }
}

/** Whether Vault refused a write because somebody else has written in between. */
function isLost(body: unknown): boolean {
  const read = z.object({ errors: z.array(z.string()) }).safeParse(body);
  return read.success && read.data.errors.some((error) => error.includes("check-and-set"));
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
}
