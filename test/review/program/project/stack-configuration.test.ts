import assert from "node:assert/strict";
import { SECRET_PLACEHOLDER } from "../../../../review/src/program/inputs/placeholder";
import { readPulumiProject } from "../../../../review/src/program/project/pulumi-project";
import { readConfiguration, stackNameOf } from "../../../../review/src/program/project/stack-configuration";
import { removeTemporaryFolders } from "../../../support/process/temporary-folder";
import { reviewedProgram } from "../../../support/review/reviewed-program";

function configurationOf(files: Readonly<Record<string, string>>, overrides: Readonly<Record<string, string>> = {}) {
  return readConfiguration(readPulumiProject(reviewedProgram(files).folder), "dev", overrides);
}

describe("readConfiguration", () => {
  after(removeTemporaryFolders);

  it("gives every value as the string that the engine passes", () => {
    const { values } = configurationOf({
      "Pulumi.dev.yaml": [
        "config:",
        "  programs:text: '007'",
        "  programs:integer: 12345678901234567890",
        "  programs:fraction: 1.50",
        "  programs:yes: true",
        "  programs:list: [1, two, { three: 12345678901234567890 }]",
        "  aws:config:region: eu-west-1",
        "  short: x",
      ].join("\n"),
    });

    assert.deepEqual(values, {
      "programs:text": "007",
      "programs:integer": "12345678901234567890",
      "programs:fraction": "1.5",
      "programs:yes": "true",
      "programs:list": '[1,"two",{"three":12345678901234567890}]',
      "aws:region": "eu-west-1",
      "programs:short": "x",
    });
  });

  it("falls back to the project's values, and prefers the overrides to both", () => {
    const { values } = configurationOf(
      {
        "Pulumi.yaml": [
          "name: programs",
          "runtime: nodejs",
          "config:",
          "  a: { type: integer, default: 1, description: one }",
          "  b: { value: 2 }",
          "  c: { type: string, secret: true }",
          "  d: [4]",
          "  aws:region: us-east-1",
        ].join("\n"),
        "Pulumi.dev.yaml": "config:\n  programs:b: two\n  programs:d: four\n",
      },
      { d: "4", "aws:region": "eu-west-1" },
    );

    assert.deepEqual(values, { "programs:a": "1", "programs:b": "two", "programs:d": "4", "aws:region": "eu-west-1" });
  });

  it("replaces encrypted values with a placeholder, and lists their keys", () => {
    const { values, secretKeys } = configurationOf({
      "Pulumi.dev.yaml":
        "encryptionsalt: v1:x\nconfig:\n  programs:z: { secure: v1:a }\n  programs:a: { b: [{ secure: v1:b }], c: { secure: v1:c, d: 1 } }\n",
    });

    assert.equal(values["programs:z"], SECRET_PLACEHOLDER);
    assert.deepEqual(JSON.parse(values["programs:a"] ?? ""), { b: [SECRET_PLACEHOLDER], c: { secure: "v1:c", d: 1 } });
    assert.deepEqual(secretKeys, ["programs:a", "programs:z"]);
  });

  it("reads the files of the folder that stackConfigDir names", () => {
    const { values, environments } = configurationOf({
      "Pulumi.yaml": "name: programs\nruntime: nodejs\nstackConfigDir: stacks\n",
      "stacks/Pulumi.dev.yml": "config:\n  a: 1\nenvironment: { values: {} }\n",
    });

    assert.deepEqual([values, environments], [{ "programs:a": "1" }, ["its own"]]);
  });

  it("has no configuration for a stack without a file", () => {
    assert.deepEqual(configurationOf({}), { values: {}, secretKeys: [], environments: [] });
  });

  it("refuses a file that is not a stack configuration", () => {
    assert.throws(() => configurationOf({ "Pulumi.dev.yaml": "config: [a]\n" }), {
      name: "ReviewFailure",
      message: /Pulumi\.dev\.yaml is not a valid stack configuration/,
    });
  });
});

describe("stackNameOf", () => {
  after(removeTemporaryFolders);

  it("reads the organization from a name that has one", () => {
    const project = readPulumiProject(reviewedProgram({}).folder);

    assert.deepEqual(stackNameOf(project, "dev"), { organization: "organization", stack: "dev" });
    assert.deepEqual(stackNameOf(project, "acme/dev"), { organization: "acme", stack: "dev" });
    assert.deepEqual(stackNameOf(project, "acme/shop/dev"), { organization: "acme", stack: "dev" });
  });

  it("takes the stack of the only file, and asks for a name otherwise", () => {
    const one = readPulumiProject(reviewedProgram({ "Pulumi.eu-prod.yaml": "" }).folder);
    const none = readPulumiProject(reviewedProgram({}).folder);

    assert.equal(stackNameOf(one, undefined).stack, "eu-prod");
    assert.throws(() => stackNameOf(none, undefined), /has no Pulumi\.<stack>\.yaml; name the stack with --stack/);
  });
});
