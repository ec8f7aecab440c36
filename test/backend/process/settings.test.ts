import assert from "node:assert/strict";
import { isLoopback, readSettings } from "../../../backend/src/process/settings";

describe("readSettings", () => {
  it("runs on the loopback address with a folder when nothing is set", () => {
    const settings = readSettings({}, {});

    assert.equal(settings.host, "127.0.0.1");
    assert.equal(settings.port, 8420);
    assert.match(settings.dataDir, /\.xtremepush-access$/);
    assert.equal(settings.databaseUrl, null);
    assert.equal(settings.issuer, null);
    assert.equal(settings.publicMetrics, false);
  });

  it("lets a flag win over its variable", () => {
    const settings = readSettings({ port: "9000" }, { XTREMEPUSH_ACCESS_PORT: "9001", XTREMEPUSH_ACCESS_HOST: "::1" });

    assert.equal(settings.port, 9000);
    assert.equal(settings.host, "::1");
  });

  it("counts an empty variable as none", () => {
    assert.equal(readSettings({}, { XTREMEPUSH_ACCESS_PORT: "" }).port, 8420);
  });

  for (const variable of [
    "DATABASE_URL",
    "XTREMEPUSH_ACCESS_ADMIN_TOKEN",
    "XTREMEPUSH_ACCESS_DATABASE",
    "XTREMEPUSH_ACCESS_DATA_DIR",
    "XTREMEPUSH_ACCESS_ISSUER",
    "XTREMEPUSH_ACCESS_KEY",
  ]) {
    it(`refuses an empty ${variable}, which would mean other data, keys or tokens`, () => {
      assert.throws(() => readSettings({}, { [variable]: "" }), {
        message: `${variable} is empty: give it a value, or unset it if the default is meant`,
        exitCode: 2,
      });
    });
  }

  it("takes how many connections to the server a backend may have", () => {
    assert.equal(readSettings({}, {}).databaseConnections, 10);
    assert.equal(readSettings({}, { XTREMEPUSH_ACCESS_DATABASE_CONNECTIONS: "25" }).databaseConnections, 25);
    assert.throws(() => readSettings({ databaseConnections: "1" }, {}), {
      message: "--database-connections must be a whole number from 2 to 1000",
      exitCode: 2,
    });
  });

  it("refuses an empty folder", () => {
    assert.throws(() => readSettings({ dataDir: "" }, {}), { message: "--data-dir must name a folder" });
  });

  it("takes --database as what is meant", () => {
    const url = "postgresql://access@db.internal/access";

    assert.equal(readSettings({ database: "embedded" }, { DATABASE_URL: url }).databaseUrl, null);
    assert.equal(readSettings({ database: "embedded" }, { DATABASE_URL: "" }).databaseUrl, null);
    assert.equal(readSettings({ database: "server" }, { DATABASE_URL: url }).databaseUrl, url);
    assert.throws(() => readSettings({ database: "server" }, {}), {
      message: "--database server needs DATABASE_URL, the address of the PostgreSQL server",
    });
    assert.throws(() => readSettings({}, { XTREMEPUSH_ACCESS_DATABASE: "server" }), {
      message: "XTREMEPUSH_ACCESS_DATABASE server needs DATABASE_URL, the address of the PostgreSQL server",
    });
    assert.throws(() => readSettings({}, { XTREMEPUSH_ACCESS_DATABASE: "postgres" }), {
      message: "XTREMEPUSH_ACCESS_DATABASE must be one of server, embedded",
    });
  });

  it("takes the slash off the end of an issuer", () => {
    assert.equal(readSettings({ issuer: "https://access.example.com/" }, {}).issuer, "https://access.example.com");
  });

  it("reads a list of trusted proxies", () => {
    assert.deepEqual(readSettings({ trustedProxies: "10.0.0.0/8, fd00::/8" }, {}).trustedProxies, [
      "10.0.0.0/8",
      "fd00::/8",
    ]);
  });

  it("reads whose assertions may lack a jti", () => {
    const id = `xpc_${"a".repeat(26)}`;

    assert.deepEqual(readSettings({}, {}).assertionsWithoutJti, []);
    assert.equal(readSettings({ assertionsWithoutJti: "all" }, {}).assertionsWithoutJti, "all");
    assert.deepEqual(readSettings({ assertionsWithoutJti: `${id}, ${id}` }, {}).assertionsWithoutJti, [id, id]);
    assert.throws(() => readSettings({ assertionsWithoutJti: "everybody" }, {}), {
      message: "--assertions-without-jti must be all, or client IDs separated by commas",
    });
  });

  it("refuses an invalid port, naming its variable", () => {
    assert.throws(() => readSettings({}, { XTREMEPUSH_ACCESS_PORT: "80 80" }), {
      message: "XTREMEPUSH_ACCESS_PORT must be a whole number from 0 to 65535",
    });
  });

  it("names the flag when the bad value came by a flag", () => {
    assert.throws(() => readSettings({ trustedProxies: "10.0.0.0/33" }, {}), {
      message: "--trusted-proxies must be addresses or ranges separated by commas, like 10.0.0.0/8",
    });
  });

  it("refuses an issuer with a query", () => {
    assert.throws(
      () => readSettings({ issuer: "https://access.example.com/?a=b" }, {}),
      /^StartFailure: --issuer must be/,
    );
  });

  it("says how to make a key when the key is not valid", () => {
    assert.throws(() => readSettings({}, { XTREMEPUSH_ACCESS_KEY: "short-key" }), {
      message:
        "XTREMEPUSH_ACCESS_KEY must be 32 bytes in base64url; make one with `xtremepush-access-backend key generate`",
    });
  });

  it("keeps a database address with its password out of the sentence", () => {
    assert.throws(
      () => readSettings({}, { DATABASE_URL: "mysql://user:hunter2@db.internal/access" }),
      (error: Error) => error.message.startsWith("DATABASE_URL must be") && !error.message.includes("hunter2"),
    );
  });
});

describe("isLoopback", () => {
  it("knows the addresses that only this machine reaches", () => {
    assert.deepEqual(["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "10.0.0.1"].map(isLoopback), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
