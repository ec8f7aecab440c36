import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Server, ServerCredentials, type UntypedServiceImplementation } from "@grpc/grpc-js";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { askNodeHost, isCurrentHost } from "../../../scripts/pulumi-cli/node-host";
import { writeProgram } from "./fake-machine";

describe("askNodeHost", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "node-host-test-"));
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it("returns the version that the language host answers on the port that it prints", async () => {
    const server = new Server();
    const host: UntypedServiceImplementation = {
      getPluginInfo(_call: unknown, callback: (error: null, info: PluginInfo) => void) {
        const info = new PluginInfo();
        info.setVersion("v3.68.0");
        callback(null, info);
      },
    };
    server.addService(LanguageRuntimeService, host);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    const file = path.join(folder, "pulumi-language-nodejs");
    writeProgram(file, `[ "$1" = 127.0.0.1:1 ] && echo ${port} && exec sleep 30`);

    const version = await askNodeHost(file);

    server.forceShutdown();
    assert.equal(version, "3.68.0");
  });

  for (const [title, command] of [
    ["ends at once", "exit 1"],
    ["prints no port", "echo hello; exec sleep 30"],
  ] as const) {
    it(`returns undefined for a program that ${title}`, async () => {
      const file = path.join(folder, "pulumi-language-nodejs");
      writeProgram(file, command);

      assert.equal(await askNodeHost(file), undefined);
    });
  }

  it("returns undefined where there is no program", async () => {
    assert.equal(await askNodeHost(path.join(folder, "missing")), undefined);
  });
});

describe("isCurrentHost", () => {
  it("tells the vendor's host from the last one that Go can build", () => {
    assert.equal(isCurrentHost("3.259.0"), true);
    assert.equal(isCurrentHost("3.68.0"), false);
  });
});
