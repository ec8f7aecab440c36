import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { AccessClient } from "xtremepush-access";
import { deliverAll, deliveryStates, removeAll } from "../../../environments/src/delivery/deliver";
import { DeliveryMemory } from "../../../environments/src/delivery/memory";
import type { Delivery } from "../../../environments/src/file/delivery";
import { stackStateOf } from "../../../environments/src/pulumi/stack-state";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { deploymentOf } from "../../support/environments/deployment";
import { fakeGitHub, GITHUB_TOKEN } from "../../support/environments/github-server";
import { serviceServers } from "../../support/environments/service-server";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

const COMMAND: Delivery = {
  client: "CRM sync",
  stdin: { command: ["sh", "-c", "cat >> got; echo >> got"], field: "clientSecret" },
};
const ID: Delivery = { client: "CRM sync", dotenv: { file: ".env", variables: { CRM_ID: "clientId" } } };

describe("what the backend remembers of deliveries", function () {
  this.timeout(30_000);

  let backend: TestBackend;
  let access: AccessClient;
  let folder: string;
  let clientId: string;
  const startService = serviceServers();
  before(async () => {
    backend = await startTestBackend();
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "acme" });
  });
  beforeEach(async function () {
    folder = temporaryFolder();
    clientId = (await access.clients.create("acme", { name: this.currentTest?.title.slice(0, 90) ?? "" })).id;
  });
  after(async () => {
    delete process.env["MEMORY_TEST_TOKEN"];
    removeTemporaryFolders();
    await backend.close();
  });

  /** The place as a machine sees it that has not delivered anything. */
  const freshPlace = (environment = "crm/dev") => {
    rmSync(path.join(folder, ".access-env"), { recursive: true, force: true });
    return { folder, name: "dev", memory: new DeliveryMemory({ access, project: "acme", environment, folder }) };
  };
  const stateWith = (secret: string, secretVersion = 1) =>
    stackStateOf(deploymentOf({ name: "CRM sync", secret, secretVersion, clientId }), {
      pulumiProject: "crm",
      stack: "dev",
    });
  const remembered = async () => (await access.deliveries.list("acme", clientId)).items;
  const statesOf = (reports: readonly { readonly state: string }[]) => reports.map(({ state }) => state);

  it("is the version, and none for a client ID alone", async () => {
    await deliverAll(freshPlace(), [COMMAND, ID], stateWith("xpcs_1"));

    const found = (await remembered()).map(({ environment, destination, place, secretVersion }) => ({
      ...{ environment, destination, place, secretVersion },
    }));
    assert.deepEqual(found, [
      {
        ...{ environment: "crm/dev", destination: "stdin", secretVersion: 1 },
        place: 'sh -c "cat >> got; echo >> got"',
      },
      { environment: "crm/dev", destination: "dotenv", place: ".env", secretVersion: null },
    ]);
  });

  it("keeps another machine from delivering again what cannot be read", async () => {
    await deliverAll(freshPlace(), [COMMAND], stateWith("xpcs_1"));

    const states = await deliveryStates(freshPlace(), [COMMAND], stateWith("xpcs_1"));
    const reports = await deliverAll(freshPlace(), [COMMAND], stateWith("xpcs_1"));

    assert.deepEqual([statesOf(states), statesOf(reports)], [["current"], ["unchanged"]]);
    assert.equal(readFileSync(path.join(folder, "got"), "utf8"), "xpcs_1\n");
  });

  it("says on another machine that a destination is stale, until it has the new version", async () => {
    await deliverAll(freshPlace(), [COMMAND], stateWith("xpcs_1"));
    await access.clients.update("acme", clientId, { secretVersion: 2 }, { ifMatch: 1 });

    const states = await deliveryStates(freshPlace(), [COMMAND], stateWith("xpcs_2", 2));
    const reports = await deliverAll(freshPlace(), [COMMAND], stateWith("xpcs_2", 2));
    const after = await deliveryStates(freshPlace(), [COMMAND], stateWith("xpcs_2", 2));

    assert.deepEqual([statesOf(states), statesOf(reports), statesOf(after)], [["stale"], ["delivered"], ["current"]]);
  });

  it("is unknown of a delivery that asks for another field", async () => {
    await deliverAll(freshPlace(), [COMMAND], stateWith("xpcs_1"));
    const all: Delivery = { ...COMMAND, stdin: { command: COMMAND.stdin?.command ?? [] } };

    assert.deepEqual(statesOf(await deliveryStates(freshPlace(), [all], stateWith("xpcs_1"))), ["unknown"]);
    await deliverAll(freshPlace(), [all], stateWith("xpcs_1"));
    assert.equal((await remembered()).length, 1, "the first one is overwritten");
  });

  it("keeps what other names of a place may still hold, when another machine does not know whether they are gone", async () => {
    const named = (variable: string): Delivery => ({
      client: "CRM sync",
      dotenv: { file: ".env.kept", variables: { [variable]: "clientSecret" } },
    });
    await deliverAll(freshPlace(), [named("OLD")], stateWith("xpcs_1"));

    await deliverAll(freshPlace(), [named("NEW")], stateWith("xpcs_1"));

    const places = (await remembered()).filter(({ place }) => place === ".env.kept");
    assert.equal(places.length, 2, JSON.stringify(places));
  });

  const named = (file: string, ...variables: readonly string[]): Delivery => ({
    client: "CRM sync",
    dotenv: { file, variables: Object.fromEntries(variables.map((name) => [name, "clientSecret"] as const)) },
  });

  it("ends on another machine when a delivery of now writes all of its names", async () => {
    await deliverAll(freshPlace(), [named(".env", "SECRET")], stateWith("xpcs_1"));
    await deliverAll(freshPlace(), [named(".env", "SECRET", "AGAIN")], stateWith("xpcs_1"));

    assert.deepEqual(
      (await remembered()).map(({ names }) => names),
      [["SECRET", "AGAIN"]],
    );
  });

  it("stays where another place that looks the same is written", async () => {
    const at = (url: string, variable: string): Delivery => ({
      client: "CRM sync",
      gitlab: {
        ...{ project: "acme/shop", environment: "*", variables: { [variable]: "clientSecret" }, url },
        ...{ masked: true, hidden: false, protected: false },
      },
    });
    const { memory } = freshPlace();
    const credential = { clientId, secretVersion: 1, values: { clientSecret: "xpcs_1", project: "acme" } };
    await memory.remember(at("https://one.example.com", "SECRET"), credential);

    await memory.forget([], [at("https://two.example.com", "SECRET")]);
    assert.equal((await remembered()).length, 1);
    await memory.forget([], [at("https://one.example.com", "SECRET")]);
    assert.equal((await remembered()).length, 1);
    const wider = at("https://one.example.com", "SECRET");
    await memory.forget([], [{ ...wider, gitlab: { ...wider.gitlab, protected: true } } as Delivery]);
    assert.deepEqual(await remembered(), []);
  });

  it("says on another machine what an earlier file has delivered to other places", async () => {
    const { memory } = freshPlace();
    await memory.forgetAll();
    await deliverAll(freshPlace(), [named(".env", "SECRET"), named("old", "A", "B"), COMMAND], stateWith("xpcs_1"));

    const others = await memory.findOthers([named(".env", "SECRET"), named("old", "A"), COMMAND]);

    assert.deepEqual(
      others.map(({ client, destination, place, names }) => ({ client, destination, place, names })),
      [{ client: clientId, destination: "dotenv", place: "old", names: ["A", "B"] }],
    );
    await memory.forgetAll();
    assert.deepEqual(await memory.findOthers([]), []);
  });

  it("is the same delivery where an earlier version has remembered it, with the hash of its settings alone", async () => {
    await deliverAll(freshPlace(), [COMMAND, named("old", "A")], stateWith("xpcs_1"));
    for (const { id, settings, names, destination, place, environment, secretVersion } of await remembered()) {
      const [, second = ""] = settings.split("-");
      await access.deliveries.delete("acme", clientId, id);
      const earlier = { destination, place, environment, secretVersion, settings: second };
      await access.deliveries.put("acme", clientId, earlier);
      assert.deepEqual(names, destination === "dotenv" ? ["A"] : []);
    }

    assert.deepEqual(await freshPlace().memory.findOthers([COMMAND, named("old", "A")]), []);
    assert.deepEqual(statesOf(await deliverAll(freshPlace(), [COMMAND], stateWith("xpcs_1"))), ["unchanged"]);
    assert.deepEqual(
      (await remembered()).map(({ destination, settings }) => [destination, settings.includes("-")]),
      [
        ["dotenv", false],
        ["stdin", true],
      ],
    );
    await freshPlace().memory.forget([named("old", "A")], [COMMAND]);
    assert.deepEqual((await remembered()).length, 1);
  });

  it("has the names again that a call through an older replica did not keep", async () => {
    const { memory } = freshPlace();
    await memory.forgetAll();
    await deliverAll(freshPlace(), [named(".env.named", "SECRET")], stateWith("xpcs_1"));
    for (const { id, settings, destination, place, environment, secretVersion } of await remembered()) {
      await access.deliveries.delete("acme", clientId, id);
      await access.deliveries.put("acme", clientId, { destination, place, environment, secretVersion, settings });
    }

    await deliverAll(freshPlace(), [named(".env.named", "SECRET")], stateWith("xpcs_1"));

    assert.deepEqual(
      (await remembered()).map(({ names }) => names),
      [["SECRET"]],
    );
  });

  it("is what came there last, in whichever form", async () => {
    await deliverAll(freshPlace(), [COMMAND], stateWith("xpcs_1"));
    await access.clients.update("acme", clientId, { secretVersion: 2 }, { ifMatch: 1 });
    const [{ settings = "", destination = "", place = "", environment = "", deliveredTime = "" } = {}] =
      await remembered();
    await until(() => Date.now() > Date.parse(deliveredTime), 10_000);
    const earlier = { destination, place, environment, settings: settings.split("-")[1] ?? "" };
    await access.deliveries.put("acme", clientId, { ...earlier, secretVersion: 2 });

    assert.deepEqual(statesOf(await deliveryStates(freshPlace(), [COMMAND], stateWith("xpcs_2", 2))), ["current"]);
  });

  it("stays while the token does not see the place of what is no longer delivered", async () => {
    const github = await fakeGitHub();
    let isSeen = true;
    const { url } = await startService((request) => (isSeen ? github.handle(request) : { status: 404, body: {} }));
    process.env["MEMORY_TEST_TOKEN"] = GITHUB_TOKEN;
    const at = { repository: "acme/shop", url, tokenVariable: "MEMORY_TEST_TOKEN" };
    const secret: Delivery = { client: "CRM sync", github: { ...at, secrets: { CRM_SECRET: "clientSecret" } } };
    const place = freshPlace();
    await deliverAll(place, [secret, ID], stateWith("xpcs_1"));
    const destinations = async () => (await remembered()).map(({ destination }) => destination);

    isSeen = false;
    const left = [statesOf(await deliverAll(place, [ID], stateWith("xpcs_1"))), await destinations()];
    const down = await removeAll(place, []);
    await place.memory.forgetAll(down.unseen);
    const afterDown = [statesOf(down.reports), await destinations()];
    isSeen = true;
    const seen = [statesOf(await deliverAll(place, [], stateWith("xpcs_1"))), await destinations()];

    assert.deepEqual(left, [
      ["left", "unchanged"],
      ["github", "dotenv"],
    ]);
    assert.deepEqual(afterDown, [["left", "removed"], ["github"]]);
    assert.deepEqual(seen, [["removed"], []]);
    assert.equal(github.secrets.get("acme/shop")?.size, 0);
  });

  it("ends with the delivery, and leaves that of another environment", async () => {
    await deliverAll(freshPlace("crm/other"), [COMMAND], stateWith("xpcs_1"));
    const place = freshPlace();
    await deliverAll(place, [COMMAND, ID], stateWith("xpcs_1"));
    await deliverAll(place, [ID], stateWith("xpcs_1"));

    assert.deepEqual(
      (await remembered()).map(({ environment, destination }) => `${environment} ${destination}`),
      ["crm/other stdin", "crm/dev dotenv"],
    );
    await place.memory.forgetAll();
    assert.deepEqual(
      (await remembered()).map(({ environment }) => environment),
      ["crm/other"],
    );
  });

  it("is nothing where the client is not this backend's", async () => {
    clientId = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

    const reports = await deliverAll(freshPlace(), [COMMAND], stateWith("xpcs_1"));

    assert.deepEqual(statesOf(reports), ["delivered"]);
  });

  it("is missing after a delivery that the backend did not hear of, which is a failure", async () => {
    const closed = new AccessClient({ endpoint: "http://127.0.0.1:1", token: backend.adminToken, maxRetries: 0 });
    const memory = new DeliveryMemory({ access: closed, project: "acme", environment: "crm/dev", folder });

    await assert.rejects(deliverAll({ folder, name: "dev", memory }, [ID], stateWith("xpcs_1")), {
      message: /^it is delivered, but the backend does not know yet; run it again: /,
    });
  });
});
