#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

// Each is loaded only when it runs: what it loads fails on an older Node.js with an error that names no version.
async function run(): Promise<number> {
  if (process.pid === 1) return (await import("./process/first-process.js")).runAsChild();
  return (await import("./cli/program.js")).runCommandLine(process.argv);
}

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`xtremepush-access-backend needs Node.js 22.12 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  void run().then((exitCode) => {
    process.exitCode = exitCode;
  });
}
