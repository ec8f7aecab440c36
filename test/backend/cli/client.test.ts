import assert from "node:assert/strict";
import { runCommand } from "../../support/backend/command-line";

describe("the command client list", function () {
  this.timeout(60_000);

  it("names the nearest permission for an unknown one, sends no request, and exits with 2", async () => {
    const { code, stdout, stderr } = await runCommand([
      ...["client", "list", "--project", "retail", "--permission", "lst:profile"],
    ]);

    assert.deepEqual([code, stdout], [2, ""]);
    assert.equal(
      stderr,
      "error: option '--permission <id>' argument 'lst:profile' is invalid. unknown permission \"lst:profile\"; did you mean \"list:profile\"?\n",
    );
  });
});
