import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * Whether a file belongs to an installed SDK that was generated for a provider. Its callbacks only fill in defaults or
 * call the provider. Pulumi finds the plugins of a program by the same mark:
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/plugin.go
 */
export function isOfProviderSdk(file: string): boolean {
  const [, folder] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file) ?? [];
  if (folder === undefined) return false;
  const known = marked.get(folder) ?? isMarked(path.join(folder, "package.json"));
  marked.set(folder, known);
  return known;
}

const marked = new Map<string, boolean>();

function isMarked(file: string): boolean {
  // A package without a readable package.json does not count as an SDK.
  try {
    return JSON.parse(readFileSync(file, "utf8")).pulumi?.resource === true;
  } catch {
    return false;
  }
}
