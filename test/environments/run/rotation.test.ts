import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { DeliveryMemory } from "../../../environments/src/delivery/memory";
import type { Delivery } from "../../../environments/src/file/delivery";
import { stackStateOf } from "../../../environments/src/pulumi/stack-state";
import { findEarlierSecrets, sayUnasked } from "../../../environments/src/run/earlier-secrets";
import { endOldSecrets, heldBackMessage } from "../../../environments/src/run/end-old-secrets";
import { planRotations, type Rotation, type RotationRequest } from "../../../environments/src/run/plan-rotations";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { deploymentOf } from "../../support/environments/deployment";
import { until } from "../../support/process/until";

const OWNER = "acme/urn:pulumi:dev::crm::pulumi-nodejs:dynamic/xtremepush:ApiClient::crm";
const DOTENV: Delivery = { client: "CRM sync", dotenv: { file: ".env", variables: { CRM_SECRET: "clientSecret" } } };
const ID: Delivery = { client: "CRM sync", dotenv: { file: ".env", variables: { CRM_ID: "clientId" } } };
const NAMED: RotationRequest = { clients: ["CRM sync"], overlap: null };

describe("the rotation of a client of an environment", function () {
  this.timeout(30_000);

  let backend: TestBackend;
  let access: AccessClient;
  let memory: DeliveryMemory;
  let clientId: string;
  let secret: string;
  const project = "acme";
  before(async () => {
    backend = await startTestBackend();
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: project });
  });
  beforeEach(async () => {
    const client = await access.clients.create(project, { name: "CRM sync", managedBy: OWNER });
    clientId = client.id;
    secret = client.clientSecret ?? "";
    memory = new DeliveryMemory({ access, project, environment: "crm/dev", folder: "." });
  });
  afterEach(async () => {
    const { revision } = await access.clients.get(project, clientId);
    await access.clients.delete(project, clientId, { ifMatch: revision });
  });
  after(() => backend.close());

  /** The state of a program that declares this version. */
  const stateOf = (secretVersion: number) =>
    stackStateOf(deploymentOf({ name: "CRM sync", secret: "xpcs_1", secretVersion, clientId, managedBy: OWNER }), {
      pulumiProject: "crm",
      stack: "dev",
    });
  const plan = (secretVersion: number, more: Partial<Parameters<typeof planRotations>[0]> = {}) =>
    planRotations({ request: NAMED, state: stateOf(secretVersion), deliver: [DOTENV], memory, record: {}, ...more });
  const rotate = async (version: number) => {
    const { revision } = await access.clients.get(project, clientId);
    const patch = { secretVersion: version, secretOverlap: "90d" };
    return (await access.clients.update(project, clientId, patch, { ifMatch: revision })).clientSecret ?? "";
  };
  const works = (clientSecret: string) =>
    access.oauth.token({ clientId, clientSecret }).then(
      () => true,
      (error: unknown) => !(error instanceof Error && "code" in error && error.code === "invalid_client"),
    );
  const remember = (environment: string, secretVersion: number) =>
    access.deliveries.put(project, clientId, { environment, destination: "dotenv", place: ".env", secretVersion });

  it("that was killed has left an earlier secret, which the next run names", async () => {
    assert.deepEqual(await findEarlierSecrets(memory, stateOf(1).clients, [DOTENV]), []);
    await rotate(2);
    await memory.recallAgain(clientId);

    const [client] = stateOf(1).clients;
    assert.ok(client !== undefined);
    const clients = [client, { ...client, clientId: `xpc_${"a".repeat(26)}` }];
    const [earlier, ...others] = await findEarlierSecrets(memory, clients, [DOTENV]);
    assert.equal(earlier?.isDelivered, true);
    assert.deepEqual(
      (await findEarlierSecrets(memory, clients, [ID])).map(({ isDelivered }) => isDelivered),
      [false],
    );
    assert.deepEqual([others, earlier?.client, earlier?.clientId, earlier?.version], [[], "CRM sync", clientId, 1]);
    assert.ok(Date.parse(earlier?.end ?? "") > Date.now());
    assert.deepEqual(await findEarlierSecrets(null, clients, [DOTENV]), []);
  });

  it("is done also when the backend cannot be asked at its end what is left", async () => {
    const closed = new AccessClient({ endpoint: "http://127.0.0.1:1", token: backend.adminToken, maxRetries: 0 });
    const away = new DeliveryMemory({ access: closed, project, environment: "crm/dev", folder: "." });
    const lines: string[] = [];
    const progress = { line: (line: string) => void lines.push(line) };

    const found = await findEarlierSecrets(away, stateOf(1).clients, [DOTENV]).catch((error: unknown) =>
      sayUnasked(error, progress),
    );

    assert.deepEqual(found, []);
    assert.match(lines.join(), /^the backend was not asked which earlier secrets still work: /);
    assert.throws(() => sayUnasked(new Error("a mistake"), progress), { message: "a mistake" });
  });

  describe("makes", () => {
    const summary = ([rotation]: readonly Rotation[]) => [rotation?.version, rotation?.isBegun];

    it("the next version", async () => {
      assert.deepEqual(summary(await plan(1)), [2, false]);
    });

    it("none where an earlier run has made it and the old one still works", async () => {
      await rotate(2);

      assert.deepEqual(summary(await plan(2)), [2, true]);
    });

    it("the version again that died on the way to the state", async () => {
      await rotate(2);

      assert.deepEqual(summary(await plan(1)), [2, true]);
    });

    it("none where a run on this machine died when all was done", async () => {
      await rotate(2);
      const { revision } = await access.clients.get(project, clientId);
      await access.clients.update(project, clientId, { secretOverlap: "0s" }, { ifMatch: revision });

      assert.deepEqual(summary(await plan(2, { record: { [clientId]: 2 } })), [2, true]);
      assert.deepEqual(summary(await plan(2)), [3, false], "another machine does not know of that run");
    });

    it("the next version though a run on this machine has begun one, when that was long ago", async () => {
      const record = { [clientId]: 1 };
      const recall = async () => {
        const recalled = await memory.recall(clientId);
        const secrets = recalled?.client.secrets.map((each) => ({ ...each, createdTime: "2026-01-01T00:00:00.000Z" }));
        return recalled && { ...recalled, client: { ...recalled.client, secrets: secrets ?? [] } };
      };

      assert.deepEqual(summary(await plan(1, { record })), [1, true]);
      const old = Object.assign(Object.create(memory) as DeliveryMemory, { recall });
      assert.deepEqual(summary(await plan(1, { record, memory: old })), [2, false]);
    });

    it("the next version of all clients whose secret is delivered", async () => {
      const all: RotationRequest = { clients: "all", overlap: "1h" };

      const [rotation] = await plan(1, { request: all });

      assert.deepEqual([rotation?.name, rotation?.version, rotation?.overlap], ["CRM sync", 2, "1h"]);
    });
  });

  describe("is refused before anything is changed", () => {
    const refused = {
      'the program makes no client "ERP", only "CRM sync"': { request: { clients: ["ERP"], overlap: null } },
      'access-env.yaml delivers no secret of the client "CRM sync", so nothing says when its old one may end; raise its secretVersion in the program':
        { deliver: [ID] },
      "nothing to rotate: access-env.yaml delivers the secret of no client": {
        request: { clients: "all", overlap: null },
        deliver: [ID],
      },
      'the program makes no client "CRM sync", and none at all': { state: null },
    } as const;
    for (const [message, more] of Object.entries(refused)) {
      it(message, () => assert.rejects(plan(1, more), { message }));
    }
  });

  describe("ends the old secret", () => {
    const ending = (failures: Parameters<typeof endOldSecrets>[1]["failures"] = []) => ({
      ...{ access, project, memory, failures },
    });
    const rotation = async (overlap = "0s"): Promise<Rotation> => ({
      ...{ name: "CRM sync", clientId, owner: OWNER, version: 2, isBegun: false, overlap },
    });

    it("when every destination has the new one", async () => {
      await remember("crm/dev", 1);
      const next = await rotate(2);
      await remember("crm/dev", 2);

      const { heldBackBy, earlier } = await endOldSecrets(await rotation(), ending());

      assert.deepEqual([heldBackBy, earlier], [[], []]);
      assert.deepEqual([await works(secret), await works(next)], [false, true]);
    });

    it("not while a destination of another environment still has it, and then", async () => {
      const next = await rotate(2);
      await remember("crm/dev", 2);
      await remember("crm/staging", 1);

      const held = await endOldSecrets(await rotation(), ending());
      const worked = [await works(secret), await works(next)];
      await remember("crm/staging", 2);
      const ended = await endOldSecrets(await rotation(), ending());

      assert.deepEqual(held.heldBackBy, ["dotenv .env of crm/staging"]);
      assert.match(
        heldBackMessage(held),
        /^the client "CRM sync" keeps its secret version 1, which works until \S+, because these destinations do not have the new one:\n {2}dotenv \.env of crm\/staging\n/,
      );
      assert.deepEqual(worked, [true, true]);
      assert.deepEqual([ended.heldBackBy, await works(secret)], [[], false]);
    });

    it("though an earlier version has remembered one of the same deliveries in another form", async () => {
      const next = await rotate(2);
      const staging = { environment: "crm/staging", destination: "github", place: "acme/shop" };
      await access.deliveries.put(project, clientId, { ...staging, settings: "5e77", secretVersion: 1 });
      const held = await endOldSecrets(await rotation(), ending());
      await access.deliveries.put(project, clientId, { ...staging, settings: "91ace-5e77", secretVersion: 2 });

      const { heldBackBy } = await endOldSecrets(await rotation(), ending());

      assert.deepEqual([held.heldBackBy, heldBackBy], [["github acme/shop of crm/staging"], []]);
      assert.deepEqual([await works(secret), await works(next)], [false, true]);
    });

    it("not while an earlier version has delivered the old one there again, in its own form", async () => {
      await rotate(2);
      const staging = { environment: "crm/staging", destination: "github", place: "acme/shop" };
      const put = (settings: string, secretVersion: number) =>
        access.deliveries.put(project, clientId, { ...staging, settings, secretVersion });
      const { deliveredTime } = await put("91ace-5e77", 2);
      await until(() => Date.now() > Date.parse(deliveredTime), 10_000);
      await put("5e77", 1);

      const { heldBackBy } = await endOldSecrets(await rotation(), ending());

      assert.deepEqual([heldBackBy, await works(secret)], [["github acme/shop of crm/staging"], true]);
    });

    it("not when a delivery has failed, of an output either", async () => {
      await rotate(2);
      const failure = { credential: "output", destination: "stdin", place: "gh", clientId: null, message: "no" };

      const { heldBackBy } = await endOldSecrets(await rotation(), ending([failure]));

      assert.deepEqual([heldBackBy, await works(secret)], [["stdin gh"], true]);
    });

    it("no sooner than the overlap says, and again without a change", async () => {
      await rotate(2);

      const first = await endOldSecrets(await rotation("1h"), ending());
      const again = await endOldSecrets(await rotation("1h"), ending());

      assert.equal(first.earlier.length, 1);
      assert.deepEqual(again, first);
      assert.equal(await works(secret), true);
    });

    it("never of a version that somebody else has made meanwhile", async () => {
      await rotate(2);
      const { revision } = await access.clients.get(project, clientId);
      await access.clients.update(project, clientId, { secretVersion: 3, secretOverlap: "0s" }, { ifMatch: revision });

      await assert.rejects(endOldSecrets(await rotation(), ending()), {
        message: 'the client "CRM sync" no longer has secret version 2: admin has made version 3; run `up` again',
      });
    });
  });
});
