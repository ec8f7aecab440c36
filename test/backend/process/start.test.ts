import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { readSettings } from "../../../backend/src/process/settings";
import { startBackend } from "../../../backend/src/process/start";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { namesIn } from "../../support/backend/metrics";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { startScramServer, startSelfSignedServer } from "../../support/backend/stand-in-postgres";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const SILENT = { level: "silent" } as const;

describe("startBackend", function () {
  this.timeout(60_000);

  afterEach(removeTemporaryFolders);

  it("says that a port is in use, and gives the folder back", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const dataDir = join(temporaryFolder(), "data");

    await assert.rejects(startBackend(readSettings({ dataDir, port: String(port) }, {}), SILENT), {
      name: "StartFailure",
      message: `Port ${port} of 127.0.0.1 is in use: stop what uses it, or choose another with --port.`,
    });

    const backend = await startBackend(readSettings({ dataDir, port: "0" }, {}), SILENT);
    await backend.close();
    taken.close();
  });

  it("serves metrics on a port of their own to whoever has no token, with those of the process", async () => {
    const dataDir = join(await folderWithDatabase(), ".xtremepush-access");

    const backend = await startBackend(readSettings({ dataDir, port: "0", metricsPort: "0" }, {}), SILENT);
    const endpoint = backend.metricsEndpoint ?? "none";
    const text = await (await fetch(endpoint)).text();
    await backend.close();

    const names = namesIn(text);
    const expected = ["process_cpu_seconds_total", "nodejs_eventloop_lag_p99_seconds", "xtremepush_access_database_up"];
    assert.deepEqual(
      expected.filter((name) => !names.has(name)),
      [],
    );
    await assert.rejects(fetch(endpoint));
  });

  it("says that the port for metrics is in use, and gives the folder back", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    const dataDir = join(await folderWithDatabase(), ".xtremepush-access");

    await assert.rejects(startBackend(readSettings({ dataDir, port: "0", metricsPort: String(port) }, {}), SILENT), {
      message: `Port ${port} of 127.0.0.1 is in use: stop what uses it, or choose another with --metrics-port.`,
    });

    const backend = await startBackend(readSettings({ dataDir, port: "0" }, {}), SILENT);
    assert.equal(backend.metricsEndpoint, null);
    await backend.close();
    taken.close();
  });

  it("says that an address is not one of this machine", async () => {
    const dataDir = join(await folderWithDatabase(), ".xtremepush-access");

    await assert.rejects(startBackend(readSettings({ dataDir, host: "192.0.2.1" }, {}), SILENT), {
      message: /^Nothing can listen on 192\.0\.2\.1, port 8420 \(EADDRNOTAVAIL\)/,
    });
  });

  it("says that PostgreSQL cannot be reached, without its address", async () => {
    const settings = readSettings({}, { DATABASE_URL: "postgresql://user:hunter2@127.0.0.1:1/access" });

    await assert.rejects(startBackend(settings, SILENT), {
      message:
        "The PostgreSQL server of DATABASE_URL cannot be reached: check that it runs and that its host and port are right (ECONNREFUSED).",
    });
  });

  it("says that PostgreSQL refuses the password, or has no such database", async () => {
    const { url, name } = await makePostgresDatabase();
    const wrongPassword = new URL(url);
    wrongPassword.password = "hunter2";

    await assert.rejects(startBackend(readSettings({}, { DATABASE_URL: wrongPassword.href }), SILENT), {
      message: /refuses the user: check its name and password \(28P01\)\.$/,
    });
    await assert.rejects(startBackend(readSettings({}, { DATABASE_URL: url.replace(name, "nowhere") }), SILENT), {
      message: /does not exist: make it with createdb \(3D000\)\.$/,
    });
  });

  it("says where a password can be when there is none", async () => {
    const server = await startScramServer();

    await assert.rejects(startBackend(readSettings({}, { DATABASE_URL: server.url }), SILENT), {
      name: "StartFailure",
      message:
        "The PostgreSQL server of DATABASE_URL asks for a password: give it in DATABASE_URL, in PGPASSWORD or in the file of PGPASSFILE.",
    });

    server.close();
  });

  it("says what is wrong with TLS, a certificate file or a search_path", async () => {
    const { url } = await makePostgresDatabase();
    const starts = (query: string) => startBackend(readSettings({}, { DATABASE_URL: `${url}?${query}` }), SILENT);

    await assert.rejects(starts("sslmode=require"), {
      name: "StartFailure",
      message: /has no TLS, and sslmode wants it: .* set sslmode=disable on a network that you trust/,
    });
    await assert.rejects(starts("sslmode=verify-full&sslrootcert=/nowhere/root.pem"), {
      name: "StartFailure",
      message: /^The file \/nowhere\/root\.pem that DATABASE_URL names cannot be read: .* \(ENOENT\)\.$/,
    });
    await assert.rejects(starts("options=-c%20search_path%3Dnowhere"), {
      name: "StartFailure",
      message: /^The search_path of the user of DATABASE_URL leads to no schema: .* \(3F000\)\.$/,
    });
  });

  it("names sslrootcert for a server that has signed its own certificate", async () => {
    const server = await startSelfSignedServer();

    for (const mode of ["require", "verify-full"]) {
      await assert.rejects(startBackend(readSettings({}, { DATABASE_URL: `${server.url}?sslmode=${mode}` }), SILENT), {
        name: "StartFailure",
        message:
          "The certificate of the PostgreSQL server is not trusted: name its authority's certificate with sslrootcert=FILE in " +
          "DATABASE_URL, and the host as the certificate names it (DEPTH_ZERO_SELF_SIGNED_CERT).",
      });
    }

    server.close();
  });

  it("says that the certificate of a server has expired", async () => {
    const server = await startSelfSignedServer({
      notBefore: new Date("2020-01-01T00:00:00Z"),
      notAfter: new Date("2021-01-01T00:00:00Z"),
    });
    const root = join(temporaryFolder(), "root.pem");
    writeFileSync(root, server.certificate);

    const settings = readSettings({}, { DATABASE_URL: `${server.url}?sslmode=verify-full&sslrootcert=${root}` });
    await assert.rejects(startBackend(settings, SILENT), {
      name: "StartFailure",
      message: /^The certificate of the PostgreSQL server, .* has expired .*: renew it, .* \(CERT_HAS_EXPIRED\)\.$/,
    });

    server.close();
  });

  it("listens on one address of localhost, under its name", async () => {
    const dataDir = join(await folderWithDatabase(), ".xtremepush-access");

    const backend = await startBackend(readSettings({ dataDir, host: "localhost", port: "0" }, {}), SILENT);
    const { port } = new URL(backend.endpoint);
    const answers = await Promise.all(
      [backend.endpoint, `http://127.0.0.1:${port}`].map((at) => fetch(`${at}/readyz`)),
    );

    assert.equal(backend.endpoint, `http://localhost:${port}`);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200],
    );
    await backend.close();
    await assert.rejects(fetch(`http://127.0.0.1:${port}/readyz`));
  });

  it("says that the database in a folder is not whole", async () => {
    const dataDir = join(await folderWithDatabase(), ".xtremepush-access");
    const backend = await startBackend(readSettings({ dataDir, port: "0" }, {}), SILENT);
    await backend.close();
    rmSync(join(dataDir, "database", "PG_VERSION"));

    await assert.rejects(startBackend(readSettings({ dataDir, port: "0" }, {}), SILENT), {
      name: "StartFailure",
      message: /^The database in .* has no file PG_VERSION, so it is not whole: restore a copy/,
    });
  });

  it("runs several replicas on one PostgreSQL database, started at once", async () => {
    const { url } = await makePostgresDatabase();
    const adminToken = makeSecret("xpat");
    const settings = readSettings({ port: "0" }, { DATABASE_URL: url, XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken });

    const replicas = await Promise.all([1, 2, 3].map(() => startBackend(settings, SILENT)));

    const answers = await Promise.all(
      replicas.map(async ({ endpoint }) => {
        const headers = { authorization: `Bearer ${adminToken}` };
        const backend = await (await fetch(`${endpoint}/v1/backend`, { headers })).text();
        const keys = await (await fetch(`${endpoint}/.well-known/jwks.json`)).text();
        return backend + keys;
      }),
    );
    await Promise.all(replicas.map((replica) => replica.close()));
    assert.equal(new Set(answers).size, 1);
    assert.match(answers[0] ?? "", /"id":"xpb_.*"kty":"EC"/);
  });

  it("warns when it listens to other machines without an https issuer", async () => {
    const lines: string[] = [];
    const log = { level: "warn", stream: { write: (line: string) => void lines.push(line) } } as const;
    const dataDir = join(await folderWithDatabase(), ".xtremepush-access");

    const bare = await startBackend(readSettings({ dataDir, host: "0.0.0.0", port: "0" }, {}), log);
    await bare.close();
    const issuer = "https://access.example.com";
    const behindProxy = await startBackend(readSettings({ dataDir, host: "0.0.0.0", port: "0", issuer }, {}), log);
    await behindProxy.close();

    assert.equal(lines.filter((line) => line.includes("without TLS")).length, 1);
  });

  it("says that a token was ignored because there is an admin", async () => {
    const lines: string[] = [];
    const log = { level: "warn", stream: { write: (line: string) => void lines.push(line) } } as const;
    const dataDir = join(await folderWithDatabase(), ".xtremepush-access");
    const first = await startBackend(readSettings({ dataDir, port: "0" }, {}), log);
    await first.close();
    const adminToken = makeSecret("xpat");

    const second = await startBackend(
      readSettings({ dataDir, port: "0" }, { XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken }),
      log,
    );
    await second.close();

    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /XTREMEPUSH_ACCESS_ADMIN_TOKEN is not the token of an admin and was ignored/);
    assert.ok(!lines[0]?.includes(adminToken));
  });
});
