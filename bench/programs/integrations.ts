// A user's program, with as many integrations as the bench sets.
import { Integration } from "pulumi-xtremepush";
import { select } from "xtremepush-access";

const permissions = select({ access: "read", maxRisk: "low" });

for (let number = 1; number <= Number(process.env["BENCH_SIZE"]); number++) {
  new Integration(`client-${number}`, { name: `Client ${number}`, permissions });
}
