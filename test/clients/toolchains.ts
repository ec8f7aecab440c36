import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, runCommand } from "../../scripts/pulumi-cli/run-command";

/** What runs the programs of one ecosystem, with the libraries that they use. */
export interface Toolchain {
  readonly name: string;
  /** Downloads the libraries into a folder; answers why it cannot, or null. */
  readonly install: (folder: string) => Promise<string | null>;
}

/** A library that does not come in this time counts as out of reach. */
const INSTALL_MS = 240_000;

export const SHELL = onMachine("curl");

export const NPM: Toolchain = {
  name: "npm",
  install: npmPackages(["oauth4webapi@3.8.8", "openid-client@6.9.0", "jose@6.2.18"]),
};

export const PYTHON: Toolchain = { name: "Python", install: pythonPackages(["authlib==1.9.10", "requests==2.34.2"]) };

export const GO: Toolchain = {
  name: "Go",
  install: (folder) =>
    steps(folder, [
      ["go", "mod", "init", "example.com/client"],
      ["go", "get", "golang.org/x/oauth2@v0.38.0"],
    ]),
};

export const JAVA: Toolchain = {
  name: "Java",
  install: (folder) => {
    writeFileSync(join(folder, "pom.xml"), POM);
    return steps(folder, [
      ["java", "-version"],
      ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib", "-DincludeScope=runtime"],
    ]);
  },
};

const LIBRARIES = [
  ["com.nimbusds", "oauth2-oidc-sdk", "11.39"],
  ["tools.jackson.core", "jackson-databind", "3.3.0"],
  ["org.springframework.security", "spring-security-oauth2-resource-server", "7.1.2"],
] as const;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>example</groupId><artifactId>client</artifactId><version>1</version><dependencies>${LIBRARIES.map(
  ([group, name, version]) =>
    `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
).join("")}</dependencies></project>`;

/** A command that the machine has, or lacks. */
export function onMachine(command: string): Toolchain {
  return { name: command, install: (folder) => steps(folder, [[command, "--version"]]) };
}

/** Installs packages beside a program of ECMAScript modules; their scripts do not run. */
export function npmPackages(packages: readonly string[]): Toolchain["install"] {
  return (folder) => {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    return steps(folder, [["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", ...packages]]);
  };
}

/** Installs packages into a virtual environment, `venv`. */
export function pythonPackages(packages: readonly string[]): Toolchain["install"] {
  return (folder) =>
    steps(folder, [
      ["python3", "-m", "venv", "venv"],
      [join(folder, "venv/bin/pip"), "install", "--quiet", ...packages],
    ]);
}

type Command = readonly [string, ...string[]];

async function steps(folder: string, commands: readonly Command[]): Promise<string | null> {
  for (const [command, ...args] of commands) {
    const finished = await runCommand(command, args, { cwd: folder, timeout: INSTALL_MS, env: ENVIRONMENT });
    if (finished.code !== 0) return `${[command, ...args].join(" ")}: ${lastLine(finished)}`;
  }
  return null;
}

/** The machine's settings for other Go work stay out. */
export const ENVIRONMENT = { GOWORK: "off", GOFLAGS: "-mod=mod" };

function lastLine({ stdout, stderr }: Finished): string {
  return `${stdout}\n${stderr}`.trim().split("\n").at(-1) ?? "";
}
