const PASSED_ON = ["PATH", "NODE_COMPILE_CACHE"];

/** The environment of a command that gets nothing from the test's own but what it needs to run, and to start fast. */
export function plainEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(passed), ...more };
}
