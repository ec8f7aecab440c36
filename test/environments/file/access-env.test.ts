import assert from "node:assert/strict";
import { assertDistinct, findEnvironment, removableOf } from "../../../environments/src/file/find-environment";
import { parseAccessEnv } from "../../../environments/src/file/read-access-env";

const FILE = `version: 1
environments:
  dev:
  staging: { deliver: [] }
  production: { protected: true }
  qa: { like: dev, project: acme-qa }
  pr-*: { like: dev, ttl: 72h, project: "acme-{name}", max: 20 }
  "*-old": { like: staging }
deliver:
  - client: CRM sync
    dotenv: { file: ".env.{name}", variables: { CRM_CLIENT_ID: clientId, CRM_CLIENT_SECRET: clientSecret } }
  - output: apiKey
    stdin: { command: [gh, secret, set, KEY, --env, "{name}"], field: value, remove: [gh, secret, delete, KEY, --env, "{name}"] }
`;

/** The message that refuses a file. */
function refusalOf(text: string): string {
  try {
    parseAccessEnv(text, "access-env.yaml");
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
  return "";
}

describe("access-env.yaml", () => {
  it("gives an environment its own name in files and commands", () => {
    const environment = findEnvironment(parseAccessEnv(FILE, "access-env.yaml"), "pr-12");

    assert.deepEqual(environment, {
      name: "pr-12",
      entry: "pr-*",
      protected: false,
      like: "dev",
      project: "acme-pr-12",
      ttl: "72h",
      max: 20,
      deliver: [
        {
          client: "CRM sync",
          dotenv: { file: ".env.pr-12", variables: { CRM_CLIENT_ID: "clientId", CRM_CLIENT_SECRET: "clientSecret" } },
        },
        {
          output: "apiKey",
          stdin: {
            command: ["gh", "secret", "set", "KEY", "--env", "pr-12"],
            field: "value",
            remove: ["gh", "secret", "delete", "KEY", "--env", "pr-12"],
          },
        },
      ],
    });
  });

  it("gives an environment its own name in the settings of a service, and checks what comes of it", () => {
    const vault = '  - { output: key, vault: { path: "crm/{name}", keys: { key: value } } }';
    const kubernetes =
      '  - { output: key, kubernetes: { apply: true, namespace: apps, name: "crm-{name}", keys: { key: value } } }';
    const textOf = (delivery: string) => `version: 1\nenvironments: { pr-*: }\ndeliver:\n${delivery}\n`;

    const { deliver } = findEnvironment(parseAccessEnv(textOf(vault), "access-env.yaml"), "pr-1");

    assert.deepEqual(deliver, [
      { output: "key", vault: { mount: "secret", path: "crm/pr-1", keys: { key: "value" } } },
    ]);
    assert.throws(() => findEnvironment(parseAccessEnv(textOf(kubernetes), "access-env.yaml"), "pr-A"), {
      message:
        'a delivery of "pr-A" is not valid: kubernetes.name: a Secret is at most 253 lower-case letters, digits, dots and hyphens, and starts and ends with a letter or digit',
      exitCode: 2,
    });
  });

  it("writes an environment's name as GitHub takes it in the name of a secret", () => {
    const inNamedPlace =
      'version: 1\nenvironments: { pr-*: }\ndeliver:\n  - { output: key, github: { repository: acme/shop, environment: "{name}", secrets: { KEY: value } } }\n';
    const text =
      'version: 1\nenvironments: { pr-*: }\ndeliver:\n  - { output: key, github: { repository: acme/shop, secrets: { "KEY_{name}": value } } }\n';

    const { deliver } = findEnvironment(parseAccessEnv(text, "access-env.yaml"), "pr-1-a");

    assert.deepEqual(deliver[0]?.github?.secrets, { KEY_PR_1_A: "value" });
    const checked = (file: string, name: string) => {
      const parsed = parseAccessEnv(file, "access-env.yaml");
      const environment = findEnvironment(parsed, name);
      assertDistinct(parsed, environment);
      return environment;
    };
    for (const name of ["pr-1.a", "pr-1_a", "pr-1-A"]) {
      assert.throws(() => checked(text, name), {
        message: `"${name}" has a part in the name KEY_{name}, in which another environment such as "pr-1-a" would be the same; use lower-case letters, digits and hyphens alone, as in "pr-1-a"`,
        exitCode: 2,
      });
      assert.equal(checked(inNamedPlace, name).name, name);
    }
  });

  it("tells for a removal which names another environment may have, too", () => {
    const text =
      'version: 1\nenvironments: { pr-*: }\ndeliver:\n  - { client: CRM, github: { repository: acme/shop, environment: "{name}", secrets: { "KEY_{name}": clientSecret, ID: clientId } } }\n  - { client: CRM, stdin: { command: [put, "{name}"] } }\n';
    const file = parseAccessEnv(text, "access-env.yaml");
    const removable = (name: string) => {
      const { own, shared } = removableOf(file, findEnvironment(file, name));
      return [own, shared].map((deliveries) =>
        deliveries.map(({ github, stdin }) => Object.keys(github?.secrets ?? {}).join() || stdin?.command.join(" ")),
      );
    };

    assert.deepEqual(removable("pr-1-a"), [["KEY_PR_1_A,ID", "put pr-1-a"], []]);
    assert.deepEqual(removable("pr-1_a"), [["ID", "put pr-1_a"], ["KEY_PR_1_A"]]);
  });

  it("takes an entry of that name before any pattern", () => {
    const text = FILE.replace("  dev:\n", "  dev:\n  pr-1: { protected: true }\n");

    const { entry, protected: isProtected } = findEnvironment(parseAccessEnv(text, "access-env.yaml"), "pr-1");

    assert.deepEqual([entry, isProtected], ["pr-1", true]);
  });

  it("delivers what the entry says, else its template, else the file", () => {
    const file = parseAccessEnv(FILE, "access-env.yaml");

    const counts = ["dev", "staging", "qa", "x-old"].map((name) => findEnvironment(file, name).deliver.length);

    assert.deepEqual(counts, [2, 0, 2, 0]);
  });

  const UNKNOWN_NAMES = {
    prod: 'access-env.yaml has no environment "prod", only dev, staging, production, qa, pr-*, *-old',
    "pr-*": 'access-env.yaml has no environment "pr-*", only dev, staging, production, qa, pr-*, *-old',
    "pr-": 'access-env.yaml has no environment "pr-", only dev, staging, production, qa, pr-*, *-old',
    "pr-1/2": 'access-env.yaml has no environment "pr-1/2", only dev, staging, production, qa, pr-*, *-old',
    "pr-1-old":
      '"pr-1-old" matches two patterns of access-env.yaml, pr-* and *-old; give it an entry of its own, or change one of them',
    "pr-Fix_1":
      'the project "acme-pr-Fix_1" of "pr-Fix_1" is not valid: a project is 1 to 63 lower-case letters, digits and inner hyphens',
  };
  for (const [name, message] of Object.entries(UNKNOWN_NAMES)) {
    it(`refuses the name ${name}`, () => {
      const file = parseAccessEnv(FILE, "access-env.yaml");

      assert.throws(() => findEnvironment(file, name), { message, exitCode: 2 });
    });
  }
});

describe("a mistake in access-env.yaml is refused with its place", () => {
  const entry = (settings: string) => `version: 1\nenvironments:\n  dev:\n  pr-*: { ${settings} }\n`;
  const delivery = (text: string) => `version: 1\nenvironments:\n  dev:\ndeliver:\n  - ${text}\n`;
  const to = "dotenv: { file: .env, variables: { KEY: value } }";
  const mistakes = {
    "": "access-env.yaml is empty; name at least one environment",
    "version: 1\nenvironments:\n  dev: [\n":
      "access-env.yaml:4:1: is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    "version: 1\nenvironments:\n  dev:\n  dev:\n": "access-env.yaml:4:3: is not valid YAML: Map keys must be unique",
    "version: 2\nenvironments: { dev: {} }\n": "access-env.yaml:1:1: version: must be 1",
    "version: 1\nenvironments: {}\n": "access-env.yaml:2:1: environments: name at least one environment",
    "version: 1\nenvironments:\n  dev:\n    color: red\n":
      'access-env.yaml:4:5: environments.dev: Unrecognized key: "color"',
    "version: 1\nenvironments:\n  dev: {}\n  pr-*-*: {}\n":
      "access-env.yaml:4:3: environments.pr-*-*: a name is at most 100 letters, digits, dots, hyphens and underscores, and may have one *",
    [entry("ttl: 72")]: "access-env.yaml:4:11: environments.pr-*.ttl: must be text, not a number; put it in quotes",
    "version: 1\nenvironment:\n  dev:\n":
      'access-env.yaml:1:1: environments: is missing; it must be a map of keys and values\naccess-env.yaml:2:1: Unrecognized key: "environment"',
    [entry("ttl: 72, max: many")]:
      "access-env.yaml:4:11: environments.pr-*.ttl: must be text, not a number; put it in quotes\naccess-env.yaml:4:20: environments.pr-*.max: must be a number, not text",
    [entry("ttl: 3w")]:
      'access-env.yaml:4:11: environments.pr-*.ttl: a duration is a whole number and its unit, s, m, h or d, for example "24h"',
    [entry("max: 0")]: "access-env.yaml:4:11: environments.pr-*.max: Too small: expected number to be >=1",
    [entry("like: prod")]: 'access-env.yaml:4:11: environments.pr-*.like: there is no environment "prod"',
    [entry('project: "acme-{name}"')]:
      "access-env.yaml:4:11: environments.pr-*.project: needs `like`; without it, the project is in Pulumi.pr-*.yaml",
    [entry("like: dev, project: Acme")]:
      "access-env.yaml:4:22: environments.pr-*.project: a project is 1 to 63 lower-case letters, digits and inner hyphens, and may have {name}",
    "version: 1\nenvironments:\n  dev: { ttl: 1h }\n":
      "access-env.yaml:3:10: environments.dev.ttl: is only for a pattern, such as pr-*",
    [delivery(`{ client: CRM, output: key, ${to} }`)]:
      "access-env.yaml:5:5: deliver.0: a delivery names either a client or an output",
    [delivery("{ client: CRM }")]:
      "access-env.yaml:5:5: deliver.0: a delivery names one destination: dotenv, stdin, kubernetes, github, gitlab or vault",
    [delivery("{ output: key, kubernetes: { namespace: apps, name: crm, keys: { key: value } } }")]:
      "access-env.yaml:5:20: deliver.0.kubernetes: name either `file`, or `apply: true`",
    [delivery(
      "{ output: key, kubernetes: { file: a, context: b, namespace: apps, name: crm, keys: { key: value } } }",
    )]: "access-env.yaml:5:20: deliver.0.kubernetes: `context` needs `apply: true`",
    [delivery("{ output: key, kubernetes: { file: a, namespace: Apps, name: crm, keys: { key: value } } }")]:
      "access-env.yaml:5:43: deliver.0.kubernetes.namespace: a namespace is at most 63 lower-case letters, digits and inner hyphens",
    [delivery("{ output: key, github: { repository: shop, secrets: { KEY: value } } }")]:
      "access-env.yaml:5:30: deliver.0.github.repository: a repository is its owner and its name: acme/shop",
    [delivery("{ output: key, github: { repository: acme/.., secrets: { KEY: value } } }")]:
      "access-env.yaml:5:30: deliver.0.github.repository: a repository is its owner and its name: acme/shop",
    [delivery("{ output: key, github: { repository: acme/shop, secrets: { GITHUB_KEY: value } } }")]:
      "access-env.yaml:5:64: deliver.0.github.secrets.GITHUB_KEY: a secret of GitHub is upper-case letters, digits and _, and starts with no digit and not with GITHUB_",
    [delivery("{ output: key, gitlab: { project: shop, variables: { KEY: value } } }")]:
      "access-env.yaml:5:30: deliver.0.gitlab.project: a project is its path or its ID: acme/shop or 123",
    [delivery("{ output: key, gitlab: { project: 7, variables: { KEY-1: value } } }")]:
      "access-env.yaml:5:55: deliver.0.gitlab.variables.KEY-1: a variable is letters, digits and _",
    [delivery("{ output: key, vault: { path: /crm, keys: { key: value } } }")]:
      "access-env.yaml:5:29: deliver.0.vault.path: a path is names separated by /, without one at the start or the end",
    [delivery("{ output: key, vault: { path: crm/../erp, keys: { key: value } } }")]:
      "access-env.yaml:5:29: deliver.0.vault.path: a path is names separated by /, without one at the start or the end",
    [delivery("{ output: key, vault: { path: crm, url: http://vault.example.com, keys: { key: value } } }")]:
      "access-env.yaml:5:40: deliver.0.vault.url: a URL starts with https:, or with http: for this machine, and has no user, password, query or fragment",
    [delivery("{ client: CRM, vault: { path: crm, keys: { key: value } } }")]:
      "access-env.yaml:5:48: deliver.0.vault.keys.key: a client has no value, only clientId, clientSecret, project",
    [delivery('{ output: key, stdin: { command: [""] } }')]:
      "access-env.yaml:5:29: deliver.0.stdin.command: a command starts with the name of a program, and holds no NUL",
    [delivery('{ output: key, stdin: { command: [cat], remove: [cat, "a\\0"] } }')]:
      "access-env.yaml:5:45: deliver.0.stdin.remove: a command starts with the name of a program, and holds no NUL",
    [delivery(`{ client: CRM, ${to} }`)]:
      "access-env.yaml:5:55: deliver.0.dotenv.variables.KEY: a client has no value, only clientId, clientSecret, project",
    [delivery('{ output: key, dotenv: { file: ".env.{stage}", variables: { KEY: value } } }')]:
      "access-env.yaml:5:30: deliver.0.dotenv.file: a file has no braces but those of {name}",
    [delivery("{ output: key, dotenv: { file: .env, variables: { 1KEY: value } } }")]:
      "access-env.yaml:5:55: deliver.0.dotenv.variables.1KEY: a variable is letters, digits and _, and starts with no digit",
    [`version: 1\nenvironments:\n  dev:\n  qa:\ndeliver:\n  - { output: key, ${to} }\n`]:
      "access-env.yaml:4:3: environments.qa: dev and qa both write KEY in .env; put {name} into the name of the file",
    "version: 1\nenvironments:\n  dev:\n  qa:\ndeliver:\n  - { output: key, vault: { path: crm, keys: { key: value } } }\n":
      "access-env.yaml:4:3: environments.qa: dev and qa both write key in vault secret crm; put {name} into the settings of vault",
    "version: 1\nenvironments:\n  pr-*:\ndeliver:\n  - { output: key, github: { repository: acme/shop, secrets: { KEY: value } } }\n":
      "access-env.yaml:3:3: environments.pr-*: every environment of pr-* would write KEY in github https://api.github.com acme/shop; put {name} into the settings of github",
    [`version: 1\nenvironments:\n  pr-*:\ndeliver:\n  - { output: key, ${to} }\n`]:
      "access-env.yaml:3:3: environments.pr-*: every environment of pr-* would write KEY in .env; put {name} into the name of the file",
    [`version: 1\nenvironments:\n  dev:\ndeliver:\n  - { output: key, ${to} }\n  - { output: other, ${to} }\n`]: "",
  };
  for (const [text, message] of Object.entries(mistakes)) {
    it(message || "but not what only concerns one environment", () => {
      assert.equal(refusalOf(text), message);
    });
  }

  it("as are two deliveries to one variable", () => {
    const text = `version: 1\nenvironments:\n  dev:\ndeliver:\n  - { output: key, ${to} }\n  - { output: other, ${to} }\n`;

    assert.throws(() => findEnvironment(parseAccessEnv(text, "access-env.yaml"), "dev"), {
      message: 'two deliveries of "dev" write KEY in .env; change one of them',
      exitCode: 2,
    });
  });
});
