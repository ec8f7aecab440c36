import { readFileSync } from "node:fs";
import path from "node:path";

/** The versions in a package.json. */
interface Manifest {
  readonly version: string;
  readonly dependencies: { readonly "xtremepush-access": string };
  readonly peerDependencies: { readonly "@pulumi/pulumi": string };
}

// npm always packs package.json.
const manifest = JSON.parse(readFileSync(path.resolve(__dirname, "../../package.json"), "utf8")) as Manifest;

/** The versions of this package and of what an exported program needs. */
export const VERSIONS = {
  provider: manifest.version,
  sdk: manifest.dependencies["xtremepush-access"],
  pulumi: manifest.peerDependencies["@pulumi/pulumi"],
  // Versions that work with Pulumi's loader of TypeScript programs; TypeScript 7 breaks it.
  typescript: "~6.0.3",
  tsNode: "~10.9.2",
  nodeTypes: "^24.0.0",
} as const;
