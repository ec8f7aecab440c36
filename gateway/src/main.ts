#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(`xtremepush-access-gateway needs Node.js 22.12 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 2;
} else {
  // Imported only now: on an older Node.js the import fails with an error that does not name the version.
  void import("./cli/command-line.js")
    .then(({ runCommandLine }) => runCommandLine(process.argv))
    .then((exitCode) => {
      process.exitCode = exitCode;
    })
    .catch((error: unknown) => {
      const [reason = ""] = String(error).split("\n");
      process.stderr.write(`xtremepush-access-gateway cannot be loaded: ${reason}; install it again.\n`);
      process.exitCode = 2;
    });
}
