import assert from "node:assert/strict";
import { connect, Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { endWithEngine } from "../../../../provider/src/dynamic/run/engine-watch";
import { until } from "../../../support/process/until";
import { type EngineAddress, listenAsEngine } from "../../../support/provider/engine-address";

const SCRIPT = "/node_modules/@pulumi/pulumi/cmd/dynamic-provider/index.js";

describe("the watch over the engine", () => {
  let engine: EngineAddress;
  let ends: number;
  const end = () => {
    ends += 1;
  };
  beforeEach(async () => {
    engine = await listenAsEngine();
    ends = 0;
  });

  it("ends the provider once when the engine was killed", async () => {
    endWithEngine(["node", SCRIPT, engine.address], end);
    await until(() => engine.connections() === 1);

    await engine.end();

    await until(() => ends === 1);
    await wait(50);
    assert.equal(ends, 1);
  });

  it("connects again when the engine has dropped a connection on which nothing is said", async () => {
    endWithEngine(["node", SCRIPT, engine.address], end);
    await until(() => engine.connections() === 1);

    engine.drop();

    await until(() => engine.connections() === 2);
    assert.equal(ends, 0);
    await engine.end();
    await until(() => ends === 1);
  });

  it("goes on when connecting fails while the engine is there, as with too many open files", async () => {
    let opened = 0;
    const open = (to: { host: string; port: number }) => {
      opened += 1;
      return opened === 2 ? new Socket().destroy(Object.assign(new Error("no file"), { code: "EMFILE" })) : connect(to);
    };
    endWithEngine(["node", SCRIPT, engine.address], end, open);
    await until(() => engine.connections() === 1);

    engine.drop();

    await until(() => engine.connections() === 2);
    assert.deepEqual([opened, ends], [3, 0]);
    await engine.end();
    await until(() => ends === 1);
  });

  it("ends the provider when connecting fails time and again", async () => {
    let opened = 0;
    const open = (to: { host: string; port: number }) => {
      opened += 1;
      return opened > 1 ? new Socket().destroy(Object.assign(new Error("no file"), { code: "EMFILE" })) : connect(to);
    };
    endWithEngine(["node", SCRIPT, engine.address], end, open);
    await until(() => engine.connections() === 1);

    engine.drop();

    await until(() => ends === 1);
    assert.equal(opened, 4);
    await engine.end();
  });

  it("does not end a provider that no engine started", async () => {
    await engine.end();

    endWithEngine(["node", SCRIPT, engine.address], end);
    endWithEngine(["node", SCRIPT], end);

    await wait(50);
    assert.equal(ends, 0);
  });

  it("does not call what another program has for its first argument", async () => {
    endWithEngine(["node", "/app/report.js", engine.address], end);

    await wait(50);
    assert.equal(engine.connections(), 0);
    await engine.end();
  });
});
