import type { EnvironmentFailure } from "../environment-failure";
import { codeOf } from "../replace-file";

/**
 * Starts a command. Node.js reports a program that is missing as an event, and throws what is wrong with its path or arguments,
 * such as ENOTDIR, ENAMETOOLONG or E2BIG.
 *
 * @throws the failure that `fail` makes of the code.
 */
export function startCommand<Child>(start: () => Child, fail: (code: string) => EnvironmentFailure): Child {
  try {
    return start();
  } catch (error) {
    throw fail(codeOf(error));
  }
}
