const path = require("node:path");
require("ts-node/register");
const { askedLanes, filesOf } = require("./support/run/lanes");
const common = require("../.mocharc.json");

const lanes = askedLanes(process.env.TEST_LANE);
const servers = lanes.includes("programs") ? ["test/support/run/shared-servers.ts"] : [];

// The tests start hundreds of Node.js processes that load the same packages.
process.env.NODE_COMPILE_CACHE ??= path.resolve(__dirname, "../node_modules/.cache/node-compile");

// Three files at a time, each in a process of its own: on two cores, one of them often waits for a timeout.
module.exports = {
  ...common,
  require: [...common.require, ...servers],
  reporter: "test/support/run/lane-reporter.ts",
  parallel: true,
  jobs: 3,
  // On the CI's machine, a test that depends on how busy it is fails once in some runs. The reporter lists each that ran again.
  retries: process.env.CI ? 1 : 0,
  spec: filesOf(lanes),
};
