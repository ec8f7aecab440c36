import assert from "node:assert/strict";
import { findEnvironment } from "../../../environments/src/file/find-environment";
import { parseAccessEnv } from "../../../environments/src/file/read-access-env";
import { fencedBlock } from "../../support/docs/fenced-block";

const GUIDE = "docs/guides/environments.md";

describe("the deliveries of the guide", () => {
  it("are valid for every environment", () => {
    const text = fencedBlock(GUIDE, "yaml", "    vault:");

    const file = parseAccessEnv(`version: 1\nenvironments: { dev: , pr-*: }\n${text}`, GUIDE);

    assert.ok(findEnvironment(file, "pr-12").deliver.length > 2);
  });
});
