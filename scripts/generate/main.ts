import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { accessEnvSchema } from "../../environments/src/file/json-schema";
import { gatewaySchema } from "../../gateway/src/file/json-schema";
import { rulesSchema } from "../../review/src/rules-file/json-schema";
import { accessorsSource } from "./accessors";
import { RULES_GUIDE, rulesGuide } from "./conditions-table";
import { permissionsTable } from "./permissions-table";
import { commandsPage } from "./reference/commands";
import { environmentPage } from "./reference/environment";
import { errorsPage } from "./reference/errors";
import { resourcesPage } from "./reference/resources";

const ROOT = path.resolve(__dirname, "../..");

/** Every generated file with its text; a test compares it with the disk. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  "sdk/src/catalog/accessors.ts": accessorsSource,
  "environments/access-env.schema.json": accessEnvSchema,
  "gateway/gateway.schema.json": gatewaySchema,
  "review/access-review.schema.json": rulesSchema,
  "docs/permissions.md": permissionsTable,
  [RULES_GUIDE]: rulesGuide,
  "docs/reference/commands.md": commandsPage,
  "docs/reference/environment.md": environmentPage,
  "docs/reference/errors.md": errorsPage,
  "docs/reference/resources.md": resourcesPage,
};

/** The generated files whose text on disk is stale. */
export function staleFiles(): string[] {
  return Object.entries(GENERATED)
    .filter(([file, source]) => readOrEmpty(file) !== source())
    .map(([file]) => file);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(path.join(ROOT, file), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

if (require.main === module) {
  const stale = staleFiles();
  if (process.argv.includes("--check")) {
    for (const file of stale) console.error(`${file} is stale: run npm run generate`);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const file of stale) {
      mkdirSync(path.dirname(path.join(ROOT, file)), { recursive: true });
      writeFileSync(path.join(ROOT, file), GENERATED[file]?.() ?? "");
    }
    console.log(stale.length > 0 ? `wrote ${stale.join(", ")}` : "all generated files are current");
  }
}
