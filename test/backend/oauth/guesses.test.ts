import assert from "node:assert/strict";
import { Guesses } from "../../../backend/src/oauth/guesses";
import { CLIENT_ID } from "../../support/backend/management-answers";

const START = Date.parse("2030-05-01T12:00:00.000Z");
const ADDRESS = "203.0.113.7";

describe("the count of guesses", () => {
  let now: number;
  let guesses: Guesses;

  beforeEach(() => {
    now = START;
    guesses = new Guesses({ ofClient: 2, fromAddress: 3 }, () => new Date(now));
  });

  it("holds for a client from any address, and ends with its window", () => {
    guesses.begin(CLIENT_ID, "203.0.113.1");
    now += 4_500;
    guesses.begin(CLIENT_ID, "203.0.113.2");

    const third = guesses.begin(CLIENT_ID, "203.0.113.3").waitS;
    const other = guesses.begin("xpc_other", "203.0.113.4").waitS;
    now = START + 10_000;

    assert.deepEqual([third, other], [6, 0]);
    assert.equal(guesses.begin(CLIENT_ID, "203.0.113.3").waitS, 0);
  });

  it("holds for an address, whichever clients it tries", () => {
    const waits = ["a", "b", "c", "d"].map((client) => guesses.begin(client, ADDRESS).waitS);

    assert.deepEqual(waits, [0, 0, 0, 10]);
  });

  it("tells guesses at one client from guesses from one address", () => {
    for (const other of ["203.0.113.8", ADDRESS]) guesses.begin(CLIENT_ID, other);

    const ofClient = guesses.begin(CLIENT_ID, ADDRESS);
    const stillOfClient = guesses.begin(CLIENT_ID, ADDRESS);
    const fromAddress = guesses.begin("xpc_other", ADDRESS);

    assert.deepEqual(
      [ofClient, stillOfClient, fromAddress].map(({ waitS, isAddressOver }) => [waitS, isAddressOver]),
      [
        [10, false],
        [10, false],
        [10, true],
      ],
    );
  });

  it("counts attempts that have not ended, and none that was taken back", () => {
    const running = [guesses.begin(CLIENT_ID, ADDRESS), guesses.begin(CLIENT_ID, ADDRESS)];
    const during = guesses.begin(CLIENT_ID, ADDRESS).waitS;

    for (const attempt of running) attempt.takeBack();

    assert.deepEqual([during, guesses.begin(CLIENT_ID, ADDRESS).waitS], [10, 0]);
  });

  it("keeps no window longer because the clock was set back", () => {
    guesses.begin(CLIENT_ID, ADDRESS);
    guesses.begin(CLIENT_ID, ADDRESS);

    now -= 3_600_000;

    assert.equal(guesses.begin(CLIENT_ID, ADDRESS).waitS, 0);
  });

  it("forgets the client that it has not seen for longest when there are too many", () => {
    const secret = (id: string) => ({ id, hash: new Uint8Array(32), firstUsedTime: null });
    guesses.remember("first", secret("xpk_first"));
    guesses.remember("second", secret("xpk_second"));
    guesses.remember("first", secret("xpk_first"));

    for (let made = 0; made < 4_999; made++) guesses.remember(`client ${made}`, secret(`xpk_${made}`));

    assert.deepEqual(guesses.provenBy("first").secrets.length, 1);
    assert.deepEqual(guesses.provenBy("second").secrets.length, 0);
  });

  it("remembers the latest credentials of a client, each once", () => {
    const secret = (id: string) => ({ id, hash: new Uint8Array(32), firstUsedTime: null });
    for (const id of ["a", "b", "c", "b", "d", "e"]) guesses.remember(CLIENT_ID, secret(id));

    assert.deepEqual(
      guesses.provenBy(CLIENT_ID).secrets.map(({ id }) => id),
      ["e", "d", "b", "c"],
    );
  });
});
