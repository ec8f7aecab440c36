// Preloaded by every Node.js process of a command. The one that would load the dynamic provider, which costs half a second of
// CPU time, passes its start on to `provider-host.ts` instead, and writes what comes back.
const Module = require("node:module");
const { connect } = require("node:net");

const SCRIPT = /[\\/]cmd[\\/]dynamic-provider[\\/]index\.js$/;

if (SCRIPT.test(process.argv[1])) Module.runMain = relay;

function relay() {
  const host = connect(Number(process.env.TEST_PROVIDER_HOST), "127.0.0.1");
  const start = { args: process.argv.slice(2), folder: process.cwd(), environment: process.env };
  host.write(`${JSON.stringify(start)}\n`);
  let rest = "";
  host.setEncoding("utf8").on("data", (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const [stream, written] = JSON.parse(line);
      process[stream].write(written);
    }
  });
  host.on("close", () => process.exit(1));
}
