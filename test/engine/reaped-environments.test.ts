import { sharedBackend } from "../support/engine/engine";
import { reapMany } from "../support/environments/many-environments";

describe("environments of pull requests", function () {
  this.timeout(400_000);

  // Twenty of them: npm run test:reaped
  it("are set up two at a time and twice at once, and are gone when they are reaped, half-made ones too", async () => {
    const { endpoint, adminToken } = await sharedBackend("first");

    await reapMany({ endpoint, adminToken, count: 3, report: () => undefined });
  });
});
