import { StartFailure } from "../failures/start-failure";

const LOOK_MS = 500;

/**
 * Calls back once when the process that started this one has ended. The kernel then gives this one another parent, so a later
 * process that gets the pid of the first parent is not taken for it.
 *
 * @throws StartFailure where that cannot be noticed
 */
export function onParentEnd(callback: (parent: number) => void): void {
  const parent = process.ppid;
  assertCanEnd(parent);
  const looks = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looks);
    callback(parent);
  }, LOOK_MS);
  looks.unref();
}

function assertCanEnd(parent: number): void {
  if (process.platform === "win32") {
    throw new StartFailure(
      "--exit-with-parent cannot work on Windows, where a process keeps the pid of a parent that has ended",
      2,
    );
  }
  // Process 1 adopts what has lost its parent, so its child can be an orphan already.
  if (parent === 1) {
    throw new StartFailure(
      "--exit-with-parent needs a parent other than process 1, which ends last: leave it out where systemd or a container starts the backend. Elsewhere, the parent has ended already",
      2,
    );
  }
}
