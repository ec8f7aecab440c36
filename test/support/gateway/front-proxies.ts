import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { HAS_NGINX, type Nginx, startNginx } from "../backend/nginx";
import { plainEnvironment } from "../process/plain-environment";

const DEPLOY = path.resolve(__dirname, "../../../deploy/gateway");
const NAME = "external-api.example.com";
const VENDOR = "external-api.xtremepush.com";
const DECIDE = "127.0.0.1:8431";

/** What a proxy in front stands between, as `host:port`, and the certificate that it shows. */
export interface FrontPlace {
  readonly port: number;
  readonly decide: string;
  readonly vendor: string;
  readonly certificate: string;
  readonly privateKey: string;
}

export interface RunningFront {
  /** Ends the proxy and removes its folder. */
  close(): Promise<void>;
}

/** A proxy that the files of deploy/gateway set up. */
export interface FrontProxy {
  readonly name: string;
  /** Whether this machine has the program. */
  readonly isThere: boolean;
  /** Whether it asks with the body, so that the gateway can tell one event from many. */
  readonly readsBody: boolean;
  /** Whether it asks when the body is there, and not before. */
  readonly asksLast: boolean;
  /** Whether it takes HTTP/2 as well. */
  readonly takesHttp2: boolean;
  start(place: FrontPlace): Promise<RunningFront>;
}

export const FRONT_PROXIES: readonly FrontProxy[] = [
  {
    name: "nginx",
    isThere: HAS_NGINX,
    readsBody: false,
    asksLast: true,
    takesHttp2: true,
    start: (place) => startFrontNginx(place),
  },
  {
    name: "haproxy",
    isThere: hasProgram("haproxy", "-v"),
    readsBody: true,
    asksLast: true,
    takesHttp2: true,
    start: (place) => startHaproxy(place),
  },
  {
    name: "caddy",
    isThere: hasProgram("caddy", "version"),
    readsBody: false,
    asksLast: false,
    takesHttp2: false,
    start: startCaddy,
  },
  {
    name: "envoy",
    isThere: hasProgram("envoy", "--version"),
    readsBody: true,
    asksLast: true,
    takesHttp2: false,
    start: (place) => startEnvoy(place),
  },
];

/** A folder with the rights that deploy/gateway/nginx-folder.conf gives it; only root can make one that is not only its own. */
export function makeSocketFolder(): string {
  const settings = read("nginx-folder.conf");
  const [, mode = ""] = /^RuntimeDirectoryMode=(\d+)$/m.exec(settings) ?? [];
  const [, group = ""] = /^ExecStartPre=\/bin\/chgrp (\S+) /m.exec(settings) ?? [];
  const folder = mkdtempSync(path.join(tmpdir(), "xtremepush-access-socket-"));
  if (process.getuid?.() === 0) execFileSync("chgrp", [group, folder]);
  chmodSync(folder, Number.parseInt(mode, 8));
  return folder;
}

/** The site of deploy/gateway/nginx.conf, with other addresses and a vendor without TLS. */
function nginxSite({ port, decide, vendor }: Omit<FrontPlace, "certificate" | "privateKey">, sockets: string): string {
  return placed("nginx.conf", [
    [DECIDE, decide],
    ["/run/external-api/", `${sockets}/`],
    [`server ${VENDOR}:443`, `server ${vendor}`],
    ["https://external_api", "http://external_api"],
    ["listen 443", `listen 127.0.0.1:${port}`],
    [`/etc/ssl/${NAME}`, `FOLDER/${NAME}`],
  ]);
}

/** Starts nginx as deploy/gateway/nginx.conf sets it up, for callers without TLS. */
export function startPlainNginx(place: Omit<FrontPlace, "certificate" | "privateKey">): Promise<Nginx> {
  const sockets = makeSocketFolder();
  const site = nginxSite(place, sockets)
    .replace(" ssl http2;", ";")
    .replaceAll(/^ *ssl_.*$/gm, "");
  return startNginxOn(sockets, site, place.port, {});
}

/** Starts nginx with the folder of its socket, which goes with it. */
export function startFrontNginx(place: FrontPlace, sockets = makeSocketFolder()): Promise<Nginx> {
  const { port, certificate, privateKey } = place;
  const files = { [`${NAME}.pem`]: certificate, [`${NAME}.key`]: privateKey };
  return startNginxOn(sockets, nginxSite(place, sockets), port, files);
}

async function startNginxOn(sockets: string, ...settings: Parameters<typeof startNginx>): Promise<Nginx> {
  const nginx = await startNginx(...settings);
  const close = async () => {
    await nginx.close();
    rmSync(sockets, { recursive: true });
  };
  return { ...nginx, close };
}

/** Starts HAProxy, also with another script than that of deploy/gateway. */
export function startHaproxy(
  { port, decide, vendor, certificate, privateKey }: FrontPlace,
  script = read("decide.lua"),
): Promise<RunningFront> {
  const settings = placed("haproxy.cfg", [
    [DECIDE, decide],
    [/server vendor .*/, `server vendor ${vendor}`],
    ["bind :443", `bind 127.0.0.1:${port}`],
    ["/etc/haproxy/", "FOLDER/"],
    // Only root can become another.
    ...(process.getuid?.() === 0 ? [] : [[/^ {2}(?:user|group) haproxy\n/m, ""] as const]),
  ]);
  const files = {
    "haproxy.cfg": settings,
    "decide.lua": script,
    [`${NAME}.pem`]: `${certificate}\n${privateKey}`,
  };
  return run("haproxy", ["-db", "-f", "FOLDER/haproxy.cfg"], { files, port });
}

function startCaddy({ port, decide, vendor, certificate, privateKey }: FrontPlace): Promise<RunningFront> {
  const site = placed("Caddyfile", [
    [DECIDE, decide],
    [`https://${VENDOR}`, `http://${vendor}`],
    [/^\{\n/m, "{\n\tadmin off\n\tauto_https disable_redirects\n"],
    ["read_body 10s", "read_body 3s"],
    [`${NAME} {`, `https://${NAME}:${port} {\n\tbind 127.0.0.1`],
    [`/etc/ssl/${NAME}`, `FOLDER/${NAME}`],
  ]);
  const files = {
    Caddyfile: site,
    [`${NAME}.pem`]: certificate,
    [`${NAME}.key`]: privateKey,
  };
  return run("caddy", ["run", "--config", "FOLDER/Caddyfile", "--adapter", "caddyfile"], { files, port });
}

/** Starts Envoy with one of the two things that keep its callers from steering it: the addresses that it trusts, or what it removes. */
export function startEnvoy(
  { port, decide, vendor, certificate, privateKey }: FrontPlace,
  kept: "addresses" | "removal" = "removal",
): Promise<RunningFront> {
  const [, decidePort = ""] = decide.split(":");
  const [, vendorPort = ""] = vendor.split(":");
  const settings = placed("envoy.yaml", [
    ["address: 0.0.0.0, port_value: 443", `address: 127.0.0.1, port_value: ${port}`],
    ["port_value: 8431", `port_value: ${decidePort}`],
    [`address: ${VENDOR}, port_value: 443`, `address: 127.0.0.1, port_value: ${vendorPort}`],
    kept === "removal"
      ? ["address_prefix: 192.0.2.1,", "address_prefix: 127.0.0.1,"]
      : ["prefix: x-envoy-", "prefix: x-none-"],
    [/ {6}transport_socket:\n(?:(?: {7}.*)?\n?)*$/, ""],
    [`/etc/ssl/${NAME}`, `FOLDER/${NAME}`],
  ]);
  const files = { "envoy.yaml": settings, [`${NAME}.pem`]: certificate, [`${NAME}.key`]: privateKey };
  const args = ["--config-path", "FOLDER/envoy.yaml", "--use-dynamic-base-id", "--concurrency", "1"];
  return run("envoy", args, { files, port });
}

function read(file: string): string {
  return readFileSync(path.join(DEPLOY, file), "utf8");
}

/** A file of deploy/gateway with other addresses. @throws Error for one that is not in it */
function placed(file: string, places: readonly (readonly [from: string | RegExp, to: string])[]): string {
  return places.reduce((text, [from, to]) => {
    const moved = text.replaceAll(
      typeof from === "string" ? from : new RegExp(from, `${from.flags.replace("g", "")}g`),
      to,
    );
    if (moved === text) throw new Error(`${file} has no ${from}`);
    return moved;
  }, read(file));
}

interface Run {
  /** Beside each other in a folder that they and the arguments name by `FOLDER/`. */
  readonly files: Readonly<Record<string, string>>;
  readonly port: number;
}

/** Runs a proxy in a folder of its own until it listens. @throws Error with what it has written when it ends instead */
async function run(program: string, args: readonly string[], { files, port }: Run): Promise<RunningFront> {
  const folder = mkdtempSync(path.join(tmpdir(), "xtremepush-access-front-"));
  const here = (text: string) => text.replaceAll("FOLDER", folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), here(text), { mode: 0o600 });
  const child = spawn(program, args.map(here), {
    cwd: folder,
    // Caddy keeps its files there.
    env: { ...plainEnvironment(), HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
    });
  }
  const ended = once(child, "exit");
  const close = async () => {
    // At once: HAProxy and Envoy would wait for their connections.
    child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await isListening(child, port);
  } catch (error) {
    await close();
    throw new Error(`${program} does not listen: ${output}`, { cause: error });
  }
  return { close };
}

const PATIENCE_MS = 30_000;

async function isListening(child: ChildProcess, port: number): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await wait(20)) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      // It does not listen yet.
    } finally {
      socket.destroy();
    }
  }
  throw new Error("it took too long");
}

function hasProgram(program: string, version: string): boolean {
  try {
    execFileSync(program, [version], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
