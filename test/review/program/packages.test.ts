import assert from "node:assert/strict";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { plainProgram, reviewedProgram } from "../../support/review/reviewed-program";

const SKIPPED = "the program may declare something with a value that is not known before it is deployed in index.js";
const PARTNERS = 'new pulumi.StackReference("acme/network/prod").getOutput("partners")';

/** The folder of a package that only the tested program has. */
const INSTALLED = "vendor/node_modules";
const INTEGRATIONS = `class {
  declare(names) { names.apply((all) => all.forEach((name) => this.make(name))); }
  make(name) { new ApiClient(name, { name }); }
}`;

describe("readProgram, a callback of an installed package that is not called", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  it("may declare something through a function of the package", async () => {
    const program = reviewedProgram({
      [`${INSTALLED}/@acme/integrations/index.js`]: plainProgram(`exports.Integrations = ${INTEGRATIONS};`),
      "index.js": plainProgram(
        `const { Integrations } = require("./${INSTALLED}/@acme/integrations");`,
        `new Integrations().declare(${PARTNERS});`,
      ),
    });

    assert.deepEqual((await program.read()).uncertain, [SKIPPED]);
  });

  it("may do so in an ES module, too", async () => {
    const program = reviewedProgram({
      [`${INSTALLED}/@acme/integrations/index.mjs`]: `import { ApiClient } from "pulumi-xtremepush";
export const Integrations = ${INTEGRATIONS};
`,
      "index.js": plainProgram(
        "module.exports = async () => {",
        `  const { Integrations } = await import("./${INSTALLED}/@acme/integrations/index.mjs");`,
        `  new Integrations().declare(${PARTNERS});`,
        "};",
      ),
    });

    assert.deepEqual((await program.read()).uncertain, [SKIPPED]);
  });

  it("only fills in defaults and calls its provider in an SDK that Pulumi generated", async () => {
    const sdk = plainProgram(
      'const defaults = (tags) => ({ ...tags, made: "by us" });',
      "class Bucket extends pulumi.CustomResource {",
      "  constructor(name, args) {",
      '    super("other:index:Bucket", name, { tags: pulumi.output(args.tags).apply((tags) => defaults(tags)) });',
      "  }",
      "}",
      "exports.Bucket = Bucket;",
    );
    const program = reviewedProgram({
      [`${INSTALLED}/@other/cloud/package.json`]: '{ "name": "@other/cloud", "pulumi": { "resource": true } }\n',
      [`${INSTALLED}/@other/cloud/s3/bucket.js`]: sdk,
      "index.js": plainProgram(
        `const { Bucket } = require("./${INSTALLED}/@other/cloud/s3/bucket");`,
        `new Bucket("files", { tags: ${PARTNERS} });`,
      ),
    });

    assert.deepEqual((await program.read()).uncertain, []);
  });

  it("may do anything in a package that visibly makes clients, even one marked as an SDK", async () => {
    const program = reviewedProgram({
      [`${INSTALLED}/marked/package.json`]: '{ "name": "marked", "pulumi": { "resource": true } }\n',
      [`${INSTALLED}/marked/index.js`]: plainProgram(
        "exports.declare = (names) => names.apply((all) => all.map((name) => new ApiClient(name, { name })));",
      ),
      "index.js": plainProgram(`require("./${INSTALLED}/marked").declare(${PARTNERS});`),
    });

    assert.deepEqual((await program.read()).uncertain, [SKIPPED]);
  });
});
