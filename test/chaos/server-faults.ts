import { setTimeout as wait } from "node:timers/promises";
import type { OwnPostgres } from "../support/backend/own-postgres";
import type { Pauses } from "./pauses";
import type { Traffic } from "./traffic";

/** What a fault works with. */
export interface Scene {
  readonly server: OwnPostgres;
  readonly traffic: Traffic;
  readonly pauses: Pauses;
}

/** Makes a fault, and answers how long each recovery took. */
export type ServerFault = (scene: Scene) => Promise<number[]>;

/** The role that the backend logs in with. */
export const ROLE = { name: "serve", password: "first" } as const;

/** The faults of a PostgreSQL server, in the order in which they are made. */
export const SERVER_FAULTS: Readonly<Record<string, ServerFault>> = {
  "20 cut connections": (scene) => repeat(20, scene, async ({ server }) => void (await server.cutConnections())),
  "3 fast restarts": (scene) => repeat(3, scene, ({ server }) => server.restart("fast", 500)),
  "2 immediate crashes": (scene) => repeat(2, scene, ({ server }) => server.restart("immediate", 500)),
  "a read-only phase": (scene) =>
    repeat(1, scene, async ({ server }) => {
      await server.run("alter database access set default_transaction_read_only = on");
      await server.cutConnections();
      await wait(3_000);
      await server.run("alter database access reset default_transaction_read_only");
    }),
  "a server frozen for 20 s": (scene) =>
    repeat(1, scene, async ({ server }) => {
      server.freeze();
      await wait(20_000);
      server.thaw();
    }),
  "a password change": (scene) =>
    repeat(1, scene, async ({ server }) => {
      await server.run(`alter role ${ROLE.name} password 'second'`);
      await server.cutConnections();
      await wait(2_000);
      await server.run(`alter role ${ROLE.name} password '${ROLE.password}'`);
    }),
};

async function repeat(times: number, scene: Scene, make: (scene: Scene) => Promise<void>): Promise<number[]> {
  const recoveries: number[] = [];
  for (let time = 1; time <= times; time++) {
    await scene.traffic.succeeds(10);
    await scene.pauses.next();
    await make(scene);
    recoveries.push(await scene.traffic.recovers());
  }
  return recoveries;
}
