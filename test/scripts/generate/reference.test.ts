import assert from "node:assert/strict";
import { buildProgram } from "../../../backend/src/cli/program";
import { table } from "../../../scripts/generate/markdown";
import { programSection } from "../../../scripts/generate/reference/commands";
import { resourcesPage } from "../../../scripts/generate/reference/resources";

describe("the reference pages", () => {
  it("show each command with its arguments and options", () => {
    const program = buildProgram().createCommand("tool").description("Does a thing.");
    const group = program.command("group");
    group
      .command("make")
      .description("Make <one>.")
      .argument("<name>", "its name")
      .argument("[others...]", "more | names")
      .requiredOption("--role <role>", "what it may do")
      .option("--size <n>", "how large", "3")
      .option("--set <key=value>", "a setting", (text, all) => ({ ...all, [text]: "" }), {})
      .option("--json", "write JSON", false);

    assert.equal(
      programSection(program),
      [
        "",
        "## tool",
        "",
        "Does a thing.",
        "",
        "### `tool group make <name> [others...]`",
        "",
        "Make \\<one>.",
        "",
        "| argument or option | default | meaning |",
        "|---|---|---|",
        "| `<name>` | required | its name |",
        "| `[others...]` |  | more \\| names |",
        "| `--role <role>` | required | what it may do |",
        "| `--size <n>` | `3` | how large |",
        "| `--set <key=value>` |  | a setting |",
        "| `--json` |  | write JSON |",
        "",
      ].join("\n"),
    );
  });

  it("show the inputs that a component has from its parts", () => {
    const [, integration = ""] = resourcesPage().split("### Inputs of Integration");
    const inputs = [
      ...integration
        .split("###", 1)
        .join()
        .matchAll(/^\| `(\w+)` \| `([^`]+)` \| ([^|]*) \|/gm),
    ];

    assert.deepEqual(
      inputs.map(([, name, type, needed]) => [name, type, needed]),
      [
        ["name", "string", "the name of the resource"],
        ["description", "string", ""],
        ["secretVersion", "number", "1 for a new client"],
        ["secretOverlap", "string", '`"24h"`'],
        ["publicKeys", "Record<string, string>", ""],
        ["adopt", "string", ""],
        ["permissions", "Permission[]", "required"],
      ],
    );
  });

  it("keep what a cell holds in its cell", () => {
    assert.equal(table(["a"], [["x | y"]]), "| a |\n|---|\n| x \\| y |\n");
  });
});
