import { GO, JAVA, NPM, PYTHON, SHELL, type Toolchain } from "./toolchains";

/** The page whose programs are run. */
export const GUIDE = "docs/guides/connect-a-client.md";

/** A program of the page. */
export interface Program {
  readonly name: string;
  readonly toolchain: Toolchain;
  /** Of its code block, whose text holds `contains`. */
  readonly language: string;
  readonly contains: string;
  readonly file: string;
  readonly command: readonly [string, ...string[]];
  /** What it prints, apart from the order of lines. */
  readonly prints: RegExp;
}

const SCOPE = /list:profile/;

export const PROGRAMS: readonly Program[] = [
  {
    ...{ name: "curl", toolchain: SHELL, language: "sh", contains: "/api/oauth/revoke", file: "curl.sh" },
    ...{ command: ["sh", "-e", "curl.sh"], prints: /"active":true[\s\S]*\}\{\}/ },
  },
  {
    ...{ name: "oauth4webapi", toolchain: NPM, language: "js", contains: '"oauth4webapi"', file: "secret.mjs" },
    ...{ command: ["node", "secret.mjs"], prints: /list:profile[\s\S]*active: true/ },
  },
  {
    ...{ name: "openid-client", toolchain: NPM, language: "js", contains: '"openid-client"', file: "key.mjs" },
    ...{ command: ["node", "key.mjs"], prints: /list:profile[\s\S]*active: true/ },
  },
  {
    ...{ name: "requests", toolchain: PYTHON, language: "python", contains: "requests.post", file: "by_secret.py" },
    ...{ command: ["venv/bin/python", "by_secret.py"], prints: SCOPE },
  },
  {
    ...{ name: "Authlib", toolchain: PYTHON, language: "python", contains: "authlib", file: "by_key.py" },
    ...{ command: ["venv/bin/python", "by_key.py"], prints: /list:profile\nlist:profile\nlist:profile/ },
  },
  {
    ...{ name: "x/oauth2", toolchain: GO, language: "go", contains: "package main", file: "main.go" },
    ...{ command: ["go", "run", "main.go"], prints: /list:profile\nlist:profile/ },
  },
  {
    ...{ name: "Nimbus", toolchain: JAVA, language: "java", contains: "class Nimbus", file: "Nimbus.java" },
    ...{ command: ["java", "-cp", "lib/*", "Nimbus.java"], prints: /list:profile\nlist:profile/ },
  },
  {
    ...{ name: "Spring Security", toolchain: JAVA, language: "java", contains: "class Spring", file: "Spring.java" },
    ...{ command: ["java", "-cp", "lib/*", "Spring.java"], prints: SCOPE },
  },
];
