import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { buildProgram } from "../../backend/src/cli/program";
import { readSettings, VARIABLES } from "../../backend/src/process/settings";
import { GRACE_MS } from "../../backend/src/process/start";
import {
  containerCommand,
  environmentFile,
  imageEnvironment,
  instruction,
  manifests,
  podOf,
  unitSetting,
} from "../support/deploy/deploy-files";

const ROOT = path.resolve(__dirname, "../..");
const SECRETS: readonly string[] = [VARIABLES.databaseUrl, VARIABLES.adminToken, VARIABLES.key];
const PACKAGE = JSON.parse(readFileSync(path.join(ROOT, "backend/package.json"), "utf8"));
const MAIN = path.posix.join("node_modules", PACKAGE.name, PACKAGE.bin["xtremepush-access-backend"]);

const [job, deployment] = [podOf("Job"), podOf("Deployment")];
const [unitCommand = ""] = unitSetting("ExecStart");

describe("the files of deploy/", () => {
  it("set variables that the backend reads, and name no others", () => {
    const files = globSync("deploy/**/*", { cwd: ROOT, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = files.map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"));

    const named = new Set(texts.join("\n").match(/\b(?:XTREMEPUSH_\w+|DATABASE_URL)\b/g));

    // The commands are HTTP clients with these two.
    const known: readonly string[] = [...Object.values(VARIABLES), "XTREMEPUSH_ENDPOINT", "XTREMEPUSH_TOKEN"];
    assert.ok(named.size >= 7, [...named].join(", "));
    assert.deepEqual(
      [...named].filter((name) => !known.includes(name)),
      [],
    );
  });

  it("give settings that the backend takes once the secrets are there", () => {
    const secrets = { DATABASE_URL: "postgresql://access@db.internal/access", XTREMEPUSH_ACCESS_KEY: "A".repeat(43) };
    const template = { ...environmentFile(), ...secrets, XTREMEPUSH_ACCESS_ISSUER: "https://access.example.com" };

    const unit = readSettings({}, { ...template, XTREMEPUSH_ACCESS_ADMIN_TOKEN: "xpat_…" });
    const pod = readSettings({}, { ...imageEnvironment(), ...valuesOf(deployment.container), ...secrets });

    assert.equal(unit.database, "server");
    assert.equal(pod.database, "server");
    assert.equal(pod.host, "0.0.0.0");
    assert.ok(deployment.container.ports?.some(({ containerPort }) => containerPort === pod.port));
    assert.equal(instruction("EXPOSE"), String(pod.port));
  });

  it("hold no secret: the environment file has an empty one, which is refused, and a pod a reference without a default", () => {
    for (const name of SECRETS) {
      assert.equal(environmentFile()[name], "", name);
      assert.throws(
        () => readSettings({}, { ...environmentFile(), XTREMEPUSH_ACCESS_ISSUER: "https://a", [name]: "" }),
        {
          message: /is empty: give it a value/,
        },
      );
    }
    for (const { env } of [job.container, deployment.container]) {
      for (const { name, value, valueFrom } of env.filter(({ name }) => SECRETS.includes(name))) {
        assert.equal(value, undefined, name);
        assert.deepEqual(Object.keys(valueFrom?.secretKeyRef ?? {}).sort(), ["key", "name"], name);
      }
    }
    assert.deepEqual(
      deployment.container.env.map(({ name }) => name).filter((name) => SECRETS.includes(name)),
      SECRETS,
    );
  });

  it("migrate as another role than the one that serves", () => {
    const [owner, serving] = [job.container, deployment.container].map(({ env }) =>
      env.find(({ name }) => name === "DATABASE_URL"),
    );

    assert.notDeepEqual(owner, serving);
  });

  it("give a stop more time than the backend takes", () => {
    const beforeSignal = deployment.container.lifecycle?.preStop.sleep.seconds ?? 0;

    assert.ok(Number(unitSetting("TimeoutStopSec")[0]) * 1_000 >= GRACE_MS + 5_000);
    assert.ok(((deployment.terminationGracePeriodSeconds ?? 0) - beforeSignal) * 1_000 >= GRACE_MS + 5_000);
    assert.equal(instruction("STOPSIGNAL"), "SIGTERM");
  });

  it("run commands, with flags, that the program of the package has", () => {
    for (const command of [unitCommand.split(" "), containerCommand(), containerCommand(job.container.args)]) {
      const [program = "", main = "", ...args] = command;

      assert.equal(path.basename(program), "node");
      assert.ok(main.endsWith(`/${MAIN}`), main);
      assert.ok(isCommand(args), args.join(" "));
    }
    assert.ok(!isCommand(["start", "--porter", "1"]));
    assert.ok(!isCommand(["begin"]));
  });

  it("have the versions of this repository", () => {
    const { devDependencies } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));

    for (const { container } of [job, deployment]) {
      assert.equal(container.image, `registry.example.com/${PACKAGE.name}:${PACKAGE.version}`);
    }
    assert.match(instruction("FROM"), new RegExp(`/node:${devDependencies.node}-`));
  });

  it("run replicas of which a disruption leaves some, behind a Service that finds them", () => {
    const objects = manifests();
    const { replicas = 0, template, selector } = objects.get("Deployment") ?? {};
    const labels = { "app.kubernetes.io/name": "access-backend" };

    assert.deepEqual([...objects.keys()], ["Deployment", "Service", "PodDisruptionBudget", "Job"]);
    assert.equal(template?.metadata.labels["app.kubernetes.io/name"], "access-backend");
    assert.deepEqual(selector, { matchLabels: labels });
    assert.deepEqual(objects.get("Service")?.selector, labels);
    assert.deepEqual(objects.get("PodDisruptionBudget")?.selector, { matchLabels: labels });
    assert.ok(replicas - (objects.get("PodDisruptionBudget")?.maxUnavailable ?? replicas) >= 2);
  });

  it("start Node.js itself, and start it again after every end", () => {
    assert.deepEqual(unitSetting("Restart"), ["always"]);
    assert.deepEqual(unitSetting("RestartPreventExitStatus"), ["2"]);
    assert.doesNotMatch(unitCommand, /\bnp[mx]\b/);
  });
});

function valuesOf({ env }: typeof deployment.container): Record<string, string> {
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

/** Whether the program knows the command and its flags. */
function isCommand(args: readonly string[]): boolean {
  let command = buildProgram();
  for (const arg of args) {
    const next = command.commands.find((child) => child.name() === arg);
    if (next !== undefined) command = next;
    else return arg.startsWith("--") && command.options.some(({ long }) => long === arg.split("=")[0]);
  }
  return command.commands.length === 0;
}
