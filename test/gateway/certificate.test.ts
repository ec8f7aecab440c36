import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import fs, { rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import path from "node:path";
import { json } from "node:stream/consumers";
import { mock } from "node:test";
import tls, { connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { type GatewayBench, startBench } from "../support/gateway/running-gateway";
import { ScriptedFeed } from "../support/gateway/scripted-feed";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { until } from "../support/process/until";
import { makeCertificate, makeKeyPair, type TestCertificate } from "../support/sdk/certificates";

const CLIENT = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const TLS = { cert: "tls.crt", key: "tls.key" };
const DAY_MS = 86_400_000;
const BROKEN = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

describe("the gateway's own TLS", function () {
  this.timeout(30_000);
  let folder: string;
  let certificate: TestCertificate;
  let bench: GatewayBench | null;

  beforeEach(async () => {
    folder = temporaryFolder();
    bench = null;
    certificate = await makeCertificate();
    write(certificate);
  });
  afterEach(async () => {
    await bench?.close();
    removeTemporaryFolders();
  });

  function write({ certificate: cert, privateKey }: Pick<TestCertificate, "certificate" | "privateKey">): void {
    writeFileSync(path.join(folder, TLS.cert), cert);
    writeFileSync(path.join(folder, TLS.key), privateKey);
  }

  async function start(yaml = "", feed = new ScriptedFeed()): Promise<GatewayBench> {
    bench = await startBench({ folder, tls: TLS, ready: false, yaml, feed });
    return bench;
  }

  /** Trusts one certificate, whose name is not that of this machine. */
  const trusting = (cert: string) => ({ ca: cert, checkServerIdentity: () => undefined });

  async function send(url: string, { certificate: cert }: Pick<TestCertificate, "certificate">, token?: string) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const sent = request(url, {
      ...trusting(cert),
      method: token === undefined ? "GET" : "POST",
      headers,
      agent: false,
    });
    sent.end(token === undefined ? undefined : "{}");
    const [answer] = await once(sent, "response");
    return { status: answer.statusCode, socket: sent.socket as TLSSocket, body: await json(answer) };
  }

  async function presented(endpoint: string): Promise<DetailedPeerCertificate> {
    const socket = connectTls({ port: Number(new URL(endpoint).port), host: "127.0.0.1", rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const peer = socket.getPeerCertificate(true);
    socket.destroy();
    return peer;
  }

  it("serves calls over TLS, and refuses TLS 1.1", async () => {
    const feed = new ScriptedFeed();
    feed.set({ id: CLIENT, permissions: ["list:profile"] });
    const { gateway, upstream } = await start("", feed);
    await until(async () => (await send(`${gateway.endpoint}/readyz`, certificate)).status === 200);

    const token = feed.token(CLIENT, ["list:profile"]);
    const answer = await send(`${gateway.endpoint}/api/external/list/profile`, certificate, token);

    assert.match(gateway.endpoint, /^https:/);
    assert.deepEqual([answer.status, upstream.last.path], [200, "/api/external/list/profile"]);
    const port = Number(new URL(gateway.endpoint).port);
    const old = connectTls({
      port,
      host: "127.0.0.1",
      ...trusting(certificate.certificate),
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
    });
    await assert.rejects(once(old, "secureConnect"), /protocol|version|alert/i);
  });

  it("presents what replaces its files to new connections, without a restart", async () => {
    const { gateway, log } = await start("metrics: { port: 0 }\n");
    const next = await makeCertificate({ notAfter: new Date(Date.now() + 90 * DAY_MS) });

    write(next);
    await until(() => log.some((line) => line.includes("uses the new certificate")));

    const { fingerprint256, valid_to: end } = await presented(gateway.endpoint);
    const before = fingerprintOf(certificate);
    assert.notEqual(fingerprint256, before);
    assert.equal(fingerprint256, fingerprintOf(next));
    const metrics = await (await fetch(`${gateway.metricsEndpoint}/metrics`)).text();
    const [, ends] = /^xtremepush_access_gateway_certificate_not_after_timestamp_seconds (\S+)$/m.exec(metrics) ?? [];
    assert.equal(Number(ends), Date.parse(end) / 1_000);
    assert.match(metrics, /^xtremepush_access_gateway_certificate_not_before_timestamp_seconds \d+$/m);
  });

  it("checks its files only when they are others, however often it looks at them", async () => {
    const reads = mock.method(fs, "readFileSync");
    const contexts = mock.method(tls, "createSecureContext");
    try {
      const { gateway } = await start();
      const { length } = reads.mock.calls;
      const before = contexts.mock.callCount();

      await until(
        () =>
          reads.mock.calls.slice(length).filter(({ arguments: [file] }) => String(file).endsWith(TLS.key)).length > 3,
      );

      assert.equal(contexts.mock.callCount(), before);
      await presented(gateway.endpoint);
    } finally {
      mock.restoreAll();
    }
  });

  it("keeps the certificate of before while the new one cannot be used, and says why once", async () => {
    const { gateway, log } = await start();
    const warnings = () => log.filter((line) => line.includes("cannot be used; the one of before stays"));

    writeFileSync(path.join(folder, TLS.key), (await makeKeyPair()).privateKey);
    await until(() => warnings().length > 0);
    rmSync(path.join(folder, TLS.cert));
    await until(() => warnings().length > 1);
    const { fingerprint256 } = await presented(gateway.endpoint);

    assert.equal(fingerprint256, fingerprintOf(certificate));
    assert.match(
      warnings()[0] ?? "",
      /listen\.tls\.key: the key in .*tls\.key.* is not that of the certificate in .*tls\.crt/,
    );
    assert.match(warnings()[1] ?? "", /listen\.tls\.cert: the file .*tls\.crt.* cannot be read \(ENOENT\)/);
    assert.equal(warnings().length, 2);
    assert.ok(!log.join("").includes("PRIVATE KEY"));
  });

  it("says that its certificate is over", async () => {
    write(
      await makeCertificate({ notBefore: new Date(Date.now() - 9 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) }),
    );

    const { log } = await start();

    assert.ok(log.some((line) => line.includes("the certificate of listen.tls is over")));
  });

  it("keeps the certificate of before, and its end in the metrics, while the chain of the new one is broken", async () => {
    const { gateway, log } = await start("metrics: { port: 0 }\n");
    const next = await makeCertificate({ notAfter: new Date(Date.now() + 90 * DAY_MS) });
    const ends = async () => {
      const metrics = await (await fetch(`${gateway.metricsEndpoint}/metrics`)).text();
      return /^xtremepush_access_gateway_certificate_not_after_timestamp_seconds (\S+)$/m.exec(metrics)?.[1];
    };
    const before = await ends();

    write({ ...next, certificate: `${next.certificate}\n${BROKEN}` });
    await until(() => log.some((line) => line.includes("cannot be used; the one of before stays")));

    assert.equal(await ends(), before);
    assert.equal((await presented(gateway.endpoint)).fingerprint256, fingerprintOf(certificate));
    write(next);
    await until(() => log.some((line) => line.includes("uses the new certificate")));
    assert.notEqual(await ends(), before);
  });

  const wrong: Readonly<Record<string, readonly [spoil: () => Promise<void> | void, message: RegExp]>> = {
    "without its certificate": [
      () => rmSync(path.join(folder, TLS.cert)),
      /^listen\.tls\.cert: the file .*tls\.crt.* cannot be read \(ENOENT\)$/,
    ],
    "without its key": [
      () => rmSync(path.join(folder, TLS.key)),
      /^listen\.tls\.key: the file .*tls\.key.* cannot be read \(ENOENT\)$/,
    ],
    "with something else as its certificate": [
      () => writeFileSync(path.join(folder, TLS.cert), "s3cret"),
      /^listen\.tls\.cert: the file .*tls\.crt.* holds no certificate that can be read; it must be PEM$/,
    ],
    "with a certificate of its chain that is not whole": [
      () => writeFileSync(path.join(folder, TLS.cert), `${certificate.certificate}\n${BROKEN}`),
      /^listen\.tls\.cert: the chain in .*tls\.crt.* cannot be used; each certificate must be whole PEM$/,
    ],
    "with something else as its key": [
      () => writeFileSync(path.join(folder, TLS.key), "s3cret"),
      /^listen\.tls\.key: the file .*tls\.key.* holds no private key that can be read; it must be PEM$/,
    ],
    "with an encrypted key": [
      () => writeFileSync(path.join(folder, TLS.key), "-----BEGIN ENCRYPTED PRIVATE KEY-----\ns3cret\n"),
      /^listen\.tls\.key: the file .*tls\.key.* is encrypted with a passphrase: write it without one, with mode 0600$/,
    ],
    "with the key of another certificate": [
      async () => writeFileSync(path.join(folder, TLS.key), (await makeKeyPair()).privateKey),
      /^listen\.tls\.key: the key in .*tls\.key.* is not that of the certificate in .*tls\.crt/,
    ],
  };
  for (const [how, [spoil, message]] of Object.entries(wrong)) {
    it(`does not start ${how}, and names the file`, async () => {
      await spoil();

      await assert.rejects(start(), (error: Error & { exitCode?: number }) => {
        assert.match(error.message, message);
        assert.ok(!error.message.includes("s3cret"));
        return error.exitCode === 2;
      });
    });
  }
});

function fingerprintOf({ certificate }: TestCertificate): string {
  return new X509Certificate(certificate).fingerprint256;
}
