import assert from "node:assert/strict";
import { type DynamicProvider, startDynamicProvider } from "../../support/provider/dynamic-provider";
import { type ProviderBackend, startProviderBackend } from "../../support/provider/handlers";

const API_CLIENT = 'exports.handler = () => require("pulumi-xtremepush/dynamic").apiClient';
const SCOPE_GRANT = 'exports.handler = () => require("pulumi-xtremepush/dynamic").scopeGrant';
const CRM = { name: "CRM sync", managedBy: "acme-org/urn:a", __provider: API_CLIENT };

describe("the dynamic provider's process refuses", function () {
  this.timeout(60_000);

  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const running: DynamicProvider[] = [];
  afterEach(async () => {
    for (const provider of running.splice(0)) await provider.close();
  });

  async function startProvider(environment: Readonly<Record<string, string>> = {}): Promise<DynamicProvider> {
    const provider = await startDynamicProvider({ ...backend.environment, ...environment });
    running.push(provider);
    await provider.call("configure", { args: {} });
    return provider;
  }

  /** Why check, which each preview calls, refuses inputs. */
  async function reasonsOfCheck(provider: DynamicProvider, news: Record<string, unknown>): Promise<string> {
    const { failuresList } = await provider.call("check", { olds: {}, news });
    const failures = failuresList as readonly { readonly property: string; readonly reason: string }[];
    // The engine would print the raw value of a property that is named.
    for (const { property } of failures) assert.equal(property, "");
    return failures.map(({ reason }) => reason).join("\n");
  }

  describe("bad configuration in the preview, in one sentence that says where to set it:", () => {
    for (const [what, environment, sentence] of [
      [
        "no endpoint",
        { XTREMEPUSH_ENDPOINT: "" },
        /^no endpoint is set: set .* XTREMEPUSH_ENDPOINT or .* xtremepush:endpoint/,
      ],
      [
        "no project",
        { XTREMEPUSH_PROJECT: "" },
        /^no project is set: set .* XTREMEPUSH_PROJECT or .* xtremepush:project/,
      ],
      [
        "no token",
        { XTREMEPUSH_TOKEN: "" },
        /^no token is set: set .* XTREMEPUSH_TOKEN or .* xtremepush:token as a secret/,
      ],
      [
        "an unknown project",
        { XTREMEPUSH_PROJECT: "nowhere" },
        /nowhere.*the project came from the environment variable XTREMEPUSH_PROJECT/,
      ],
      [
        "the token of another project",
        { XTREMEPUSH_PROJECT: "beta" },
        /beta.*the token from the environment variable XTREMEPUSH_TOKEN must have access to it/,
      ],
      ["a token that is none", { XTREMEPUSH_TOKEN: "hunter2hunter2" }, /the token came from .* XTREMEPUSH_TOKEN/],
      [
        "http to another host",
        { XTREMEPUSH_ENDPOINT: "http://access.example.com" },
        /endpoint must be https:, because http: is only for this machine/,
      ],
      [
        "an endpoint without http:",
        { XTREMEPUSH_ENDPOINT: "localhost:8420" },
        /the endpoint must start with https:, or with http: for this machine; it came from .* XTREMEPUSH_ENDPOINT$/,
      ],
      ["an endpoint that is no address", { XTREMEPUSH_ENDPOINT: "access" }, /endpoint/],
    ] as const) {
      it(what, async () => {
        const provider = await startProvider(environment);

        const reasons = await reasonsOfCheck(provider, CRM);

        assert.match(reasons, sentence);
        assert.doesNotMatch(reasons, /\n/);
        assertPlain(provider, reasons, backend.environment["XTREMEPUSH_TOKEN"], "hunter2hunter2");
      });
    }

    it("an endpoint with a path that leads nowhere", async () => {
      const provider = await startProvider({ XTREMEPUSH_ENDPOINT: `${backend.endpoint}/v1` });

      const reasons = await reasonsOfCheck(provider, CRM);

      assert.match(
        reasons,
        /404.*; is this the address of a backend, and its path right\? It came from the environment variable XTREMEPUSH_ENDPOINT$/,
      );
    });

    it("a token that has ended", async () => {
      const expiresTime = new Date(Date.now() - 1_000);
      const token = await backend.makeActor("editor", ["acme"], { expiresTime });
      const provider = await startProvider({ XTREMEPUSH_TOKEN: token });

      const reasons = await reasonsOfCheck(provider, CRM);

      assert.match(reasons, /ended|expired/);
      assertPlain(provider, reasons, token);
    });
  });

  it("the writes of a viewer, who may preview", async () => {
    const token = await backend.makeActor("viewer", ["acme"]);
    const provider = await startProvider({ XTREMEPUSH_TOKEN: token });

    assert.equal(await reasonsOfCheck(provider, CRM), "");
    await assert.rejects(provider.call("create", { properties: CRM }), { details: /needs at least editor/ });

    assertPlain(provider, "", token);
    assert.deepEqual((await backend.admin.clients.list("acme")).items, []);
  });

  describe("bad inputs in the preview, each with a sentence:", () => {
    let provider: DynamicProvider;
    before(async () => {
      provider = await startDynamicProvider(backend.environment);
      await provider.call("configure", { args: {} });
    });
    after(() => provider.close());

    const client = (more: object) => ({ ...CRM, ...more });
    const grant = (permissions: unknown) => ({
      client: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa",
      permissions,
      managedBy: "b",
      __provider: SCOPE_GRANT,
    });
    for (const [what, news, sentence] of [
      ["an empty name", client({ name: " " }), "name: the name must not be empty"],
      ["an over-long name", client({ name: "x".repeat(101) }), "name: the name must not be longer than 100 characters"],
      [
        "a control character",
        client({ name: "CRM\u0007" }),
        "name: the name must not contain control or invisible characters: \\u{7}",
      ],
      [
        "an input that does not exist",
        client({ scopes: ["list:segment"] }),
        'there is no input "scopes"; the inputs are name, description, secretVersion, secretOverlap, publicKeys, adopt',
      ],
      [
        "an unknown permission",
        grant({ "list:segment": true, "lst:profile": true }),
        'permissions: unknown permission "lst:profile"; did you mean "list:profile"?',
      ],
      [
        "permissions that are not a list",
        grant("list:profile"),
        "permissions must be a list of permissions, for example [permissions.list.segment]",
      ],
    ] as const) {
      it(what, async () => {
        assert.equal(await reasonsOfCheck(provider, news), sentence);
      });
    }
  });

  it("a state of another project under an explicit Provider, with the way that there is", async () => {
    const provider = await startDynamicProvider({
      ...backend.environment,
      EU_TOKEN: backend.environment["XTREMEPUSH_TOKEN"] ?? "",
    });
    running.push(provider);
    const settings = { endpoint: backend.endpoint, project: "acme", tokenVariable: "EU_TOKEN" };
    const args = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`xtremepush:${key}`, value]));
    await provider.call("configure", { args });
    const properties = { __provider: API_CLIENT, project: "beta" };

    await assert.rejects(provider.call("delete", { id: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", properties }), {
      details:
        "the resource is in project beta, but the Provider's project, in the program says acme: give the resource the Provider that it had before. A client does not move between projects or backends: declare another resource with the new Provider, which makes a new client ID and secret, and remove this one when nothing uses it",
    });
  });

  describe("a get of a client or grant that is not there, which a refresh finds gone:", () => {
    const location = async () => ({ project: "acme", backendId: (await backend.admin.backend.get()).id });
    for (const [what, text] of [
      ["a client", API_CLIENT],
      ["a grant", SCOPE_GRANT],
    ] as const) {
      it(what, async () => {
        const provider = await startProvider();
        const id = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
        const made = await backend.admin.clients.create("acme", { name: `deleted ${what}` });
        await backend.admin.clients.delete("acme", made.id, { ifMatch: made.revision });

        await assert.rejects(provider.call("read", { id, properties: { __provider: text } }), {
          details:
            /^there is no client xpc_a{26} in project acme: check the client ID, the project \(it came from the environment variable XTREMEPUSH_PROJECT\) and the endpoint .*; for another project or backend, set the option provider$/,
        });
        await assert.rejects(provider.call("read", { id: made.id, properties: { __provider: text } }), {
          details:
            /was deleted at .*: restore it with `xtremepush-access-backend client restore xpc_\w+ --project acme`/,
        });
        const refreshed = await provider.call("read", { id, properties: { __provider: text, ...(await location()) } });
        assert.equal(refreshed["id"], "");
      });
    }
  });

  it("a state of another project or another backend, before anything is changed", async () => {
    const here = await startProvider();
    const { id, properties } = await here.call("create", { properties: CRM });
    const beta = await backend.makeActor("editor", ["acme", "beta"]);
    const elsewhere = await startProviderBackend();
    const change = { id, olds: properties, news: { ...CRM, name: "CRM" } };

    const inBeta = await startProvider({ XTREMEPUSH_PROJECT: "beta", XTREMEPUSH_TOKEN: beta });
    const onAnother = await startProvider(elsewhere.environment);

    for (const method of ["diff", "update"] as const) {
      await assert.rejects(inBeta.call(method, change), {
        details:
          /^the resource is in project acme, but the environment variable XTREMEPUSH_PROJECT says beta: restore that setting/,
      });
    }
    await assert.rejects(onAnother.call("update", change), {
      details:
        /^the resource is on backend xpb_\w+, but http:\S+ is backend xpb_\w+ \(the address came from .*\): restore that setting/,
    });
    assert.equal((await backend.admin.clients.get("acme", String(id))).name, "CRM sync");
    assert.deepEqual((await elsewhere.admin.clients.list("acme")).items, []);
    await elsewhere.close();
  });
});

/** Checks that neither what is answered nor what is printed holds a stack trace or one of these secrets. */
function assertPlain(provider: DynamicProvider, text: string, ...secrets: readonly (string | undefined)[]): void {
  const output = `${text}\n${provider.printed()}`;
  assert.doesNotMatch(output, /^ +at /m);
  for (const secret of secrets)
    assert.ok(secret === undefined || !output.includes(secret), "a secret is in the output");
}
