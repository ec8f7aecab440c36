import assert from "node:assert/strict";
import { plainLogLine } from "../../../backend/src/process/plain-log";

describe("plainLogLine", () => {
  it("shows the time, the level, the message and the fields", () => {
    const line = plainLogLine(
      '{"level":40,"time":1767323045678,"pid":1,"hostname":"h","msg":"slow","ms":12,"path":"/v1"}\n',
    );

    assert.equal(line, "03:04:05  WARN   slow  ms=12  path=/v1");
  });

  it("spells out control characters", () => {
    assert.doesNotMatch(plainLogLine('{"level":30,"time":0,"msg":"a\\u001b[2Jb\\nc"}'), /\p{Cc}/u);
  });
});
