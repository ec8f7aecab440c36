#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`pulumi-xtremepush needs Node.js 22.12 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  // Loaded only now, because what it loads fails on an older Node.js with an error that names no version.
  void import("./program.js")
    .then(({ runCommandLine }) => runCommandLine(process.argv))
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
}
