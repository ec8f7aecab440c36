import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020";

const SCHEMA = path.resolve(__dirname, "../../../environments/access-env.schema.json");

describe("access-env.schema.json", () => {
  const accepts = new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")));

  it("accepts a file with names, patterns and deliveries", () => {
    const content = {
      version: 1,
      environments: { dev: null, production: { protected: true }, "pr-*": { like: "dev", ttl: "72h", max: 20 } },
      deliver: [{ client: "CRM", dotenv: { file: ".env.{name}", variables: { CRM_CLIENT_ID: "clientId" } } }],
    };

    assert.equal(accepts(content), true, JSON.stringify(accepts.errors));
  });

  it("marks an unknown key, a wrong duration and an unknown field", () => {
    const contents = [
      { version: 1, environments: { dev: { color: "red" } } },
      { version: 1, environments: { "pr-*": { ttl: "3w" } } },
      {
        version: 1,
        environments: { dev: {} },
        deliver: [{ client: "CRM", dotenv: { file: ".env", variables: { KEY: "password" } } }],
      },
    ];

    assert.deepEqual(
      contents.map((content) => accepts(content)),
      [false, false, false],
    );
  });
});
