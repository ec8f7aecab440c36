import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { readPulumiProject } from "xtremepush-access-review";
import { findEnvironment } from "../../../environments/src/file/find-environment";
import { parseAccessEnv } from "../../../environments/src/file/read-access-env";
import { configurationOf } from "../../../environments/src/pulumi/stack-template";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const FILE = parseAccessEnv(
  'version: 1\nenvironments:\n  dev:\n  pr-*: { like: dev, project: "acme-{name}" }\n',
  "access-env.yaml",
);

describe("the configuration of an environment", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    write("Pulumi.yaml", "name: programs\nruntime: nodejs\n");
  });
  after(removeTemporaryFolders);

  const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
  const configure = (name: string) => configurationOf(readPulumiProject(folder), findEnvironment(FILE, name));

  it("is made from a template that configures nothing", async () => {
    for (const text of ["config:\n", "encryptionsalt: v1:x\nconfig:\n", "", "{}\n"]) {
      write("Pulumi.dev.yaml", text);

      assert.match((await configure("pr-1")).missing?.text ?? "", /config:\s+\{?\s*xtremepush:project: acme-pr-1/);
    }
  });

  it("is made from its template, with a project of its own", async () => {
    write("Pulumi.dev.yaml", "# the shop\nconfig:\n  xtremepush:project: acme # dev\n  programs:size: 2\n");

    const { configuration, missing } = await configure("pr-1");

    assert.deepEqual(missing, {
      file: path.join(folder, "Pulumi.pr-1.yaml"),
      text: "# the shop\nconfig:\n  xtremepush:project: acme-pr-1 # dev\n  programs:size: 2\n",
    });
    assert.equal(configuration.values["xtremepush:project"], "acme-pr-1");
  });

  it("is its own file, when there is one", async () => {
    write("Pulumi.pr-1.yaml", "config:\n  xtremepush:project: acme-pr-1\n");

    const { missing } = await configure("pr-1");

    assert.equal(missing, null);
  });

  it("is nothing for an environment without a file and a template", async () => {
    assert.deepEqual((await configure("dev")).missing, null);
  });

  it("is refused without its template", async () => {
    await assert.rejects(configure("pr-1"), {
      message: '"pr-1" is like "dev", but there is no Pulumi.dev.yaml; write one, or remove `like`',
      exitCode: 2,
    });
  });

  it("is refused with another project than its entry", async () => {
    write("Pulumi.pr-1.yaml", "config:\n  xtremepush:project: shop\n");

    await assert.rejects(configure("pr-1"), {
      message:
        '"pr-1" has the project "acme-pr-1" in access-env.yaml and "shop" in Pulumi.pr-1.yaml; change one of them',
    });
  });

  it("takes over secrets only where the key to them is in the file", async () => {
    const secret = "config:\n  programs:key:\n    secure: v1:abc\n";
    write("Pulumi.dev.yaml", secret);
    await assert.rejects(configure("pr-1"), {
      message: /^programs:key in Pulumi\.dev\.yaml is a secret that only its own stack can read; /,
    });

    write("Pulumi.dev.yaml", `encryptionsalt: v1:def\n${secret}`);
    assert.notEqual((await configure("pr-1")).missing, null);
  });
});
