import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";
import { checkDestinations, deliverAll, deliveryStates, removeAll } from "../../../environments/src/delivery/deliver";
import type { Delivery } from "../../../environments/src/file/delivery";
import { stackStateOf } from "../../../environments/src/pulumi/stack-state";
import { deploymentOf } from "../../support/environments/deployment";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const DOTENV: Delivery = { client: "CRM sync", dotenv: { file: ".env", variables: { CRM_SECRET: "clientSecret" } } };
const COMMAND: Delivery = {
  output: "apiKey",
  stdin: {
    command: ["sh", "-c", "cat >> got; echo >> got"],
    field: "value",
    remove: ["sh", "-c", "echo removed >> got"],
  },
};

const stateWith = (secret: string | null, outputs: Readonly<Record<string, unknown>> = { apiKey: "key 1" }) =>
  stackStateOf(deploymentOf({ name: "CRM sync", secret, outputs }), {
    pulumiProject: "programs",
    stack: "dev",
  });

describe("the deliveries of an environment", () => {
  let place: { readonly folder: string; readonly name: string };
  beforeEach(() => {
    place = { folder: temporaryFolder(), name: "dev" };
  });
  after(removeTemporaryFolders);

  const textOf = (file: string) => readFileSync(path.join(place.folder, file), "utf8");
  const statesOf = (reports: readonly { readonly state: string }[]) => reports.map(({ state }) => state);

  it("bring each credential to its place once", async () => {
    const first = await deliverAll(place, [DOTENV, COMMAND], stateWith("xpcs_1"));
    const second = await deliverAll(place, [DOTENV, COMMAND], stateWith("xpcs_1"));

    assert.deepEqual(first, [
      { credential: 'client "CRM sync"', destination: "dotenv", place: ".env", state: "delivered" },
      {
        credential: 'output "apiKey"',
        destination: "stdin",
        place: 'sh -c "cat >> got; echo >> got"',
        state: "delivered",
      },
    ]);
    assert.deepEqual(statesOf(second), ["unchanged", "unchanged"]);
    assert.deepEqual([textOf(".env"), textOf("got")], ["CRM_SECRET=xpcs_1\n", "key 1\n"]);
  });

  it("bring a changed credential again, and say before that it is stale", async () => {
    await deliverAll(place, [DOTENV], stateWith("xpcs_1"));

    const states = await deliveryStates(place, [DOTENV, COMMAND], stateWith("xpcs_2"));
    const reports = await deliverAll(place, [DOTENV], stateWith("xpcs_2"));

    assert.deepEqual(statesOf(states), ["stale", "unknown"]);
    assert.deepEqual(statesOf(reports), ["delivered"]);
    assert.equal(textOf(".env"), "CRM_SECRET=xpcs_2\n");
  });

  it("are missing as long as the stack has no such credential", async () => {
    const states = await deliveryStates(place, [{ ...DOTENV, client: "ERP" }], stateWith("xpcs_1"));

    assert.deepEqual(statesOf(states), ["missing"]);
  });

  it("take away what is no longer in the file", async () => {
    await deliverAll(place, [DOTENV, COMMAND], stateWith("xpcs_1"));

    const reports = await deliverAll(place, [DOTENV], stateWith("xpcs_1"));

    assert.deepEqual(statesOf(reports), ["removed", "unchanged"]);
    assert.equal(textOf("got"), "key 1\nremoved\n");
  });

  it("take nothing away that another environment delivers there by now", async () => {
    const staging = { ...place, name: "staging" };
    await deliverAll(place, [DOTENV, COMMAND], stateWith("xpcs_dev"));
    await deliverAll(staging, [DOTENV, COMMAND], stateWith("xpcs_staging"));

    const moved = await deliverAll(place, [], stateWith("xpcs_dev"));

    assert.deepEqual(moved, []);
    assert.equal(textOf(".env"), "CRM_SECRET=xpcs_staging\n");
    await deliverAll(
      place,
      [{ ...DOTENV, dotenv: { file: ".env", variables: { OLD: "clientSecret" } } }],
      stateWith("xpcs_dev"),
    );
    assert.deepEqual(statesOf((await removeAll(place, [])).reports), ["removed"]);
    assert.equal(textOf(".env"), "CRM_SECRET=xpcs_staging\n");
    assert.doesNotMatch(textOf("got"), /removed/);
  });

  it("run the old removal of a changed command only after the new one has got the credential", async () => {
    const moved: Delivery = {
      ...COMMAND,
      stdin: { ...COMMAND.stdin, command: ["sh", "-c", "cat >> got; echo 2 >> got"] },
    };
    const other: Delivery = { output: "apiKey", stdin: { command: ["sh", "-c", "cat > other"], field: "value" } };
    await deliverAll(place, [COMMAND], stateWith("xpcs_1"));

    const changed = await deliverAll(place, [moved], stateWith("xpcs_1"));
    const broken = deliverAll(place, [{ output: "apiKey", stdin: { command: ["false"] } }], stateWith("xpcs_1"));

    assert.deepEqual(statesOf(changed), ["delivered"], "the removal would take away what the new command has brought");
    await assert.rejects(broken);
    assert.equal(textOf("got"), "key 1\nkey 12\n");
    assert.deepEqual(statesOf(await deliverAll(place, [other], stateWith("xpcs_1"))), ["removed", "delivered"]);
    assert.equal(textOf("got"), "key 1\nkey 12\nremoved\n");
  });

  it("keep a variable where it is when their entry changes, and take away those that it no longer has", async () => {
    const before = { CRM_ID: "clientId", CRM_SECRET: "clientSecret" } as const;
    await deliverAll(place, [{ ...DOTENV, dotenv: { file: ".env", variables: before } }], stateWith("xpcs_1"));
    appendFileSync(path.join(place.folder, ".env"), "OTHER=1\n");

    const reports = await deliverAll(place, [DOTENV], stateWith("xpcs_1"));

    assert.deepEqual(statesOf(reports), ["removed", "unchanged"]);
    assert.equal(textOf(".env"), "CRM_SECRET=xpcs_1\nOTHER=1\n");
  });

  it("keep a Secret where it is when a key of it changes", async () => {
    const secret = { file: "crm.yaml", namespace: "apps", name: "crm" };
    const keys = { id: "clientId", old: "project", secret: "clientSecret" } as const;
    await deliverAll(place, [{ client: "CRM sync", kubernetes: { ...secret, keys } }], stateWith("xpcs_1"));
    const { old: _, ...left } = keys;

    const reports = await deliverAll(
      place,
      [{ client: "CRM sync", kubernetes: { ...secret, keys: left } }],
      stateWith("xpcs_1"),
    );

    assert.deepEqual(statesOf(reports), ["removed", "unchanged"]);
    assert.doesNotMatch(textOf("crm.yaml"), /old:/);
    assert.match(textOf("crm.yaml"), /secret: eHBjc18x\n/);
  });

  it("know an old variable until the new credential is in it", async () => {
    await deliverAll(place, [DOTENV], stateWith("xpcs_1"));
    const dotenv = { file: ".env", variables: { CRM_SECRET: "value" } } as const;
    await assert.rejects(deliverAll(place, [{ output: "lines", dotenv }], stateWith("xpcs_1", { lines: "a\rb" })));

    await deliverAll(place, [], stateWith("xpcs_1"));

    assert.equal(existsSync(path.join(place.folder, ".env")), false);
    assert.equal(existsSync(path.join(place.folder, ".access-env/deliveries/dev.json")), false);
  });

  it("leave nothing behind when all are removed, and can be removed again", async () => {
    await deliverAll(place, [DOTENV, COMMAND], stateWith("xpcs_1"));

    await removeAll(place, [DOTENV]);
    await removeAll(place, [DOTENV]);

    assert.equal(existsSync(path.join(place.folder, ".env")), false);
    assert.equal(textOf("got"), "key 1\nremoved\n");
    assert.equal(existsSync(path.join(place.folder, ".access-env/deliveries/dev.json")), false);
  });

  it("are removed once, also where only some of their names are given", async () => {
    const variables = { CRM_ID: "clientId", CRM_SECRET: "clientSecret" } as const;
    const both: Delivery = { ...DOTENV, dotenv: { file: ".env", variables } };
    await deliverAll(place, [both], stateWith("xpcs_1"));

    const { reports } = await removeAll(place, [DOTENV]);

    assert.deepEqual(statesOf(reports), ["removed", "removed"], "the rest of the old one, and the one of now");
    await deliverAll(place, [both], stateWith("xpcs_1"));
    const kept: Delivery = { ...DOTENV, dotenv: { file: ".env", variables: { CRM_ID: "clientId" } } };
    assert.deepEqual(statesOf((await removeAll(place, [DOTENV], [kept])).reports), ["removed"]);
    assert.equal(textOf(".env"), "CRM_ID=xpc_crm\n");
  });

  it("keep a record without the credential, for its owner alone", async () => {
    await deliverAll(place, [DOTENV], stateWith("xpcs_1"));

    const file = path.join(place.folder, ".access-env/deliveries/dev.json");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!readFileSync(file, "utf8").includes("xpcs_1"));
  });

  it("go on with the others when one destination fails, and finish in the next run", async () => {
    const broken: Delivery = { output: "apiKey", stdin: { command: ["false"] } };

    await assert.rejects(deliverAll(place, [broken, DOTENV], stateWith("xpcs_1")), {
      message: /^the command false of a delivery ended with 1; /,
    });
    const reports = await deliverAll(place, [COMMAND, DOTENV], stateWith("xpcs_1"));

    assert.deepEqual(statesOf(reports), ["delivered", "unchanged"]);
  });

  it("name every destination that fails", async () => {
    const broken = (status: string): Delivery => ({
      output: "apiKey",
      stdin: { command: ["sh", "-c", `exit ${status}`] },
    });

    await assert.rejects(deliverAll(place, [broken("3"), DOTENV, broken("4")], stateWith("xpcs_1")), {
      message: [
        "2 deliveries failed:",
        '  output "apiKey" -> stdin "sh -c \\"exit 3\\"": the command sh of a delivery ended with 3; its output is not shown, because it may hold the credential',
        '  output "apiKey" -> stdin "sh -c \\"exit 4\\"": the command sh of a delivery ended with 4; its output is not shown, because it may hold the credential',
      ].join("\n"),
    });
  });

  it("are done again on demand", async () => {
    await deliverAll(place, [COMMAND], stateWith("xpcs_1"));

    const reports = await deliverAll({ ...place, force: true }, [COMMAND], stateWith("xpcs_1"));

    assert.deepEqual(statesOf(reports), ["delivered"]);
    assert.equal(textOf("got"), "key 1\nkey 1\n");
  });

  const missing = {
    'the program makes no client "ERP", only "CRM sync"': { ...DOTENV, client: "ERP" },
    'the stack has no output "key", only "apiKey"': { ...COMMAND, output: "key" },
  };
  for (const [message, delivery] of Object.entries(missing)) {
    it(`bring nothing at all when ${message}`, async () => {
      await assert.rejects(deliverAll(place, [DOTENV, delivery], stateWith("xpcs_1")), { message });
      assert.equal(existsSync(path.join(place.folder, ".env")), false);
    });
  }

  it("end with 1 when a destination is a link by the time that the program has run", async () => {
    symlinkSync("other", path.join(place.folder, ".env"));

    await assert.rejects(checkDestinations(place, [DOTENV]), { exitCode: 2 });
    await assert.rejects(deliverAll(place, [DOTENV], stateWith("xpcs_1")), {
      message: '".env" is a symbolic link, and a delivery would replace it; name another file',
      exitCode: 1,
    });
  });

  it("are refused for a client without a secret", async () => {
    await assert.rejects(deliverAll(place, [DOTENV], stateWith(null)), {
      message: 'the client "CRM sync" has no secret to deliver; deliver its clientId alone',
    });
  });
});
