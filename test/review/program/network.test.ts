import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { networkNamespace } from "../../../review/src/program/network-namespace";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { plainProgram, reviewedProgram } from "../../support/review/reviewed-program";

// Reserved addresses (RFC 5737, RFC 2606), so that the tests reach no one even when they fail.
describe("readProgram, the network", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("lets no connection out, however the program opens it, and reports the attempt", async () => {
    const program = reviewedProgram({
      "index.js": plainProgram(
        'const { execFileSync } = require("node:child_process");',
        "const ways = {",
        '  fetch: () => fetch("https://fetch.example.com/"),',
        '  http: () => new Promise((_, reject) => require("node:http").get("http://192.0.2.1:8080/").on("error", reject)),',
        '  tls: () => new Promise((_, reject) => require("node:tls").connect(443, "tls.example.com").on("error", reject)),',
        '  socket: () => new Promise((_, reject) => new (require("node:net").Socket)().connect({ host: "192.0.2.2", port: 22 }).on("error", reject)),',
        '  lookup: () => require("node:dns").promises.lookup("lookup.example.com"),',
        '  resolve: () => new (require("node:dns").promises.Resolver)().resolveTxt("resolve.example.com"),',
        '  udp: async () => require("node:dgram").createSocket("udp4").send("x", 53, "192.0.2.3"),',
        '  child: async () => execFileSync(process.execPath, ["-e", "fetch(\'http://192.0.2.4\').catch((e) => { console.error(e.cause.message); process.exit(1) })"]),',
        "};",
        "module.exports = async () => {",
        "  const refused = [];",
        "  for (const [name, way] of Object.entries(ways)) {",
        "    await way().catch((error) => /an access review has no network/.test([error.cause?.message, error.message, error.stderr].join()) && refused.push(name));",
        "  }",
        '  new ApiClient("crm", { name: refused.join(" ") });',
        "};",
      ),
    });

    const { clients, uncertain } = await program.read();

    assert.deepEqual(
      clients.map(({ name }) => name),
      ["fetch http tls socket lookup resolve udp child"],
    );
    const wanted = uncertain.map(
      (sentence) => /^the program tried to connect to (.*), and a review has no network$/.exec(sentence)?.[1],
    );
    assert.deepEqual(wanted, [
      "192.0.2.1:8080 in index.js",
      "192.0.2.2:22 in index.js",
      "192.0.2.3 by UDP in index.js",
      "fetch.example.com:443 in index.js",
      "lookup.example.com in index.js",
      "resolve.example.com in index.js",
      "tls.example.com:443 in index.js",
    ]);
  });

  it("lets no command of the program out, however the program starts it", async function () {
    if (networkNamespace() === null) this.skip();
    const program = reviewedProgram({
      "seen.sh": `[ "$(readlink /proc/self/ns/net)" = "${readlinkSync("/proc/self/ns/net")}" ] && where=out || where=in
echo "$1 $where $(env | grep -c ACCESS_REVIEW_NAMESPACE)"\n`,
      "index.js": plainProgram(
        'const { exec, execFile, execFileSync, execSync, spawn, spawnSync } = require("node:child_process");',
        'const { promisify } = require("node:util");',
        'const { text } = require("node:stream/consumers");',
        "const ways = {",
        '  exec: async () => (await promisify(exec)("sh seen.sh exec")).stdout,',
        '  execFile: async () => (await promisify(execFile)("sh", ["seen.sh", "execFile"], { env: process.env })).stdout,',
        '  spawn: () => text(spawn("sh seen.sh", ["spawn"], { shell: true }).stdout),',
        '  bare: () => text(spawn("/bin/sh", ["seen.sh", "bare"], { env: { PATH: process.env.PATH } }).stdout),',
        '  execFileSync: async () => execFileSync("sh", ["seen.sh", "execFileSync"], { encoding: "utf8" }),',
        '  execSync: async () => execSync("sh seen.sh execSync").toString(),',
        '  spawnSync: async () => spawnSync("sh", ["seen.sh", "spawnSync"]).stdout.toString(),',
        '  shellSync: async () => spawnSync("sh seen.sh shellSync", { shell: true }).stdout.toString(),',
        '  missing: async () => spawnSync("no-such-command").error.code,',
        "};",
        "module.exports = async () => {",
        "  for (const [name, way] of Object.entries(ways)) new ApiClient(name, { name: (await way()).trim() });",
        "};",
      ),
    });

    const { clients } = await program.read();

    const ways = ["bare", "exec", "execFile", "execFileSync", "execSync", "shellSync", "spawn", "spawnSync"];
    assert.deepEqual(
      clients.map(({ name }) => name),
      [...ways.slice(0, 5).map((way) => `${way} in 0`), "ENOENT", ...ways.slice(5).map((way) => `${way} in 0`)],
    );
  });

  it("finds a command as the system does, in the folder and the PATH of its start", async function () {
    if (networkNamespace() === null) this.skip();
    const outside = readlinkSync("/proc/self/ns/net");
    const program = reviewedProgram({
      "sub/ns.sh": `#!/bin/sh\n[ "$(/usr/bin/readlink /proc/self/ns/net)" = "${outside}" ] && echo out || echo in\n`,
      "index.js": plainProgram(
        'const { execFileSync, spawn, spawnSync } = require("node:child_process");',
        'const { text } = require("node:stream/consumers");',
        'const { pathToFileURL } = require("node:url");',
        'const sub = require("node:path").join(process.cwd(), "sub");',
        'require("node:fs").chmodSync("sub/ns.sh", 0o755);',
        'const env = { PATH: sub + ":/usr/bin" };',
        "const ways = {",
        '  folder: async () => execFileSync("./ns.sh", { cwd: "sub" }).toString(),',
        '  folderOfSpawn: () => text(spawn("./ns.sh", { cwd: "sub" }).stdout),',
        '  folderUrl: async () => execFileSync("./ns.sh", { cwd: pathToFileURL(sub) }).toString(),',
        '  path: async () => execFileSync("ns.sh", { env }).toString(),',
        '  pathOfSpawn: () => text(spawn("ns.sh", { env }).stdout),',
        '  relativePath: async () => execFileSync("ns.sh", { env: { PATH: "." }, cwd: "sub" }).toString(),',
        '  onlyPath: async () => execFileSync("ns.sh", { env: { PATH: sub } }).toString(),',
        '  noPath: async () => spawnSync("sh", [sub + "/ns.sh"], { env: {} }).stdout.toString(),',
        '  missing: async () => spawnSync("ns.sh").error.code,',
        "};",
        "module.exports = async () => {",
        "  const seen = [];",
        '  for (const [name, way] of Object.entries(ways)) seen.push(name + " " + (await way()).trim());',
        '  new ApiClient("crm", { name: seen.join(", ") });',
        "};",
      ),
    });

    const { clients } = await program.read();

    const ways = ["folder", "folderOfSpawn", "folderUrl", "path", "pathOfSpawn", "relativePath", "onlyPath", "noPath"];
    assert.deepEqual(
      clients.map(({ name }) => name),
      [[...ways.map((way) => `${way} in`), "missing ENOENT"].join(", ")],
    );
  });

  it("leaves root the rights on the files of others", async function () {
    if (networkNamespace() === null || process.getuid?.() !== 0) this.skip();
    const program = reviewedProgram({
      "other.txt": "CRM",
      "index.js": plainProgram(
        'require("node:fs").chmodSync("other.txt", 0o600);',
        'require("node:fs").chownSync("other.txt", 1000, 1000);',
        'const name = require("node:child_process").execFileSync("cat", ["other.txt"]).toString();',
        'new ApiClient("crm", { name });',
      ),
    });

    const { clients } = await program.read();

    assert.deepEqual(
      clients.map(({ name }) => name),
      ["CRM"],
    );
  });

  it("lets a program reach this machine", async () => {
    const server = createServer((_, response) => response.end("CRM")).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const program = reviewedProgram({
      "index.js": plainProgram(
        "module.exports = async () => {",
        `  const name = await (await fetch("http://localhost:${port}/")).text();`,
        '  new ApiClient("crm", { name });',
        "};",
      ),
    });

    const { clients, uncertain } = await program.read();
    server.close();

    assert.deepEqual([clients.map(({ name }) => name), uncertain], [["CRM"], []]);
  });
});
