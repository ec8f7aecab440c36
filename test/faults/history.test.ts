import assert from "node:assert/strict";
import { historyOf } from "./history";
import { isKill } from "./plan";
import { firstKey, resourcesOf } from "./program";

describe("the history of a seed", () => {
  const histories = Array.from({ length: 200 }, (_, index) => historyOf(index + 1));

  it("is the same each time", () => {
    assert.deepEqual(historyOf(7), historyOf(7));
    assert.notDeepEqual(historyOf(7), historyOf(8));
  });

  it("starts by creating one to three clients or five, continues for one or two steps, and ends with a destroy", () => {
    for (const { steps } of histories) {
      assert.match(steps[0]?.title ?? "", /^make c1(, make c2(, make c3(, make c4, make c5)?)?)?$/);
      assert.ok([3, 4].includes(steps.length));
      assert.deepEqual(
        steps.filter(({ command }) => command === "destroy"),
        steps.slice(-1),
      );
      assert.deepEqual(steps.at(-1)?.declared, []);
    }
  });

  it("kills a run once at most", () => {
    const kills = histories.flatMap(({ steps }) =>
      steps.map(({ faults }) => faults.filter(({ fault }) => isKill(fault)).length),
    );

    assert.deepEqual([...new Set(kills)].toSorted(), [0, 1]);
  });

  it("gives no client the name of one that the same run removes, which takes two runs", () => {
    for (const { steps } of [...histories, historyOf(79_498_927)]) {
      const declared = steps
        .slice(0, -1)
        .flatMap(({ amended, ...step }) => [step, ...(amended === null ? [] : [amended])]);
      for (const [index, { declared: after }] of declared.entries()) {
        const left = after.map(firstKey);
        // The state may be that of before a killed run, or that of the run.
        const removed = declared.slice(Math.max(0, index - 2), index).flatMap((step) => step.declared);
        const names = removed.filter((client) => !left.includes(firstKey(client))).map(({ name }) => name);
        assert.deepEqual(
          after.filter(({ name }) => names.includes(name)),
          [],
        );
      }
    }
  });

  it("has refreshes that read page by page, with faults in them", () => {
    const refreshes = histories.flatMap(({ steps }) => steps.filter(({ command }) => command === "refresh"));

    const calls = new Set(refreshes.flatMap(({ faults }) => faults.map(({ call }) => call)));
    for (const call of ["GET client", "GET clients", "GET permissions"]) assert.ok(calls.has(call), call);
  });

  it("lets somebody else change what a run changes, at any time", () => {
    const met = histories.flatMap(({ steps }) => steps.flatMap(({ stranger }) => stranger ?? []));

    const kinds = new Set(met.map(({ kind, when, call }) => `${kind} ${when} with ${call}`));
    assert.deepEqual([...kinds].toSorted(), [
      "permit after the run with PUT permissions",
      "permit before the run with PUT permissions",
      "permit during the run with PUT permissions",
      "rename after the run with DELETE client",
      "rename after the run with PATCH client",
      "rename before the run with DELETE client",
      "rename before the run with PATCH client",
      "rename during the run with DELETE client",
      "rename during the run with PATCH client",
    ]);
  });

  it("continues with the next change of the program before a kill is healed, and removes nothing new", () => {
    const ups = histories.flatMap(({ steps }) =>
      steps.map((step, index) => ({ ...step, before: steps[index - 1]?.declared ?? [] })),
    );
    const amendments = ups.flatMap(({ before, declared, amended }) =>
      amended === null ? [] : [{ old: resourcesOf(before), killed: resourcesOf(declared), ...amended }],
    );

    assert.ok(amendments.length > 20);
    for (const { old, killed, declared } of amendments) {
      const fresh = killed.filter((resource) => !old.includes(resource));
      assert.deepEqual(
        fresh.filter((resource) => !resourcesOf(declared).includes(resource)),
        [],
      );
    }
  });

  it("meets a second program: its grant on a client, wanted ones, and deletes that its grant keeps back", () => {
    const steps = histories.flatMap((history) => history.steps);

    const granted = steps.filter(({ declared }) => declared.some((client) => client.granted !== null));
    assert.ok(granted.length > 50);
    for (const { declared } of granted) {
      assert.ok(declared.every((client) => client.granted === null || client.permissions === null));
    }
    assert.ok(steps.filter(({ intrudes }) => intrudes).length > 20);
    assert.deepEqual(
      [...new Set(steps.flatMap(({ command, refused }) => (refused.length > 0 ? [command] : [])))].toSorted(),
      ["destroy", "up"],
    );
  });

  it("changes the owner and the stack of the program, and keeps them", () => {
    const owners = histories.map(({ steps }) => steps.map(({ identity }) => JSON.stringify(identity)));

    assert.ok(owners.filter((identities) => new Set(identities).size > 1).length > 20);
    for (const { steps } of histories) {
      const changes = steps.filter(({ title }) => /\bown\b|rename the stack/.test(title)).length;
      assert.ok(new Set(steps.map(({ identity }) => JSON.stringify(identity))).size <= 1 + changes);
    }
  });

  it("has every kind of change and of fault in two hundred seeds, with and without checkpoints", () => {
    const changes = histories.flatMap(({ steps }) =>
      steps.flatMap(({ command, title }) => (command === "up" ? title.split(", ") : [])),
    );
    const faults = histories.flatMap(({ steps }) => steps.flatMap((step) => step.faults.map(({ fault }) => fault)));

    const kinds = new Set(changes.map((change) => change.replace(/ (the key )?20.*| c\d\w*$/, "")));
    assert.deepEqual([...kinds].toSorted(), [
      "add",
      "adopt",
      "alias",
      "delete",
      "describe",
      "hand over",
      "make",
      "own",
      "permit",
      "remove",
      "rename",
      "rename the stack",
      "restore",
      "revoke the grant of",
      "rotate",
      "swap",
      "take the secret of",
    ]);
    assert.equal(new Set(faults).size, 9);
    assert.equal(new Set(histories.map(({ checkpoints }) => checkpoints)).size, 2);
  });
});
