import { readFileSync } from "node:fs";
import path from "node:path";

/** What a package.json says of versions. */
interface Manifest {
  readonly version: string;
  readonly dependencies: { readonly "xtremepush-access": string };
  readonly peerDependencies: { readonly "@pulumi/pulumi": string };
}

// This package's own package.json, which npm always packs.
const manifest = JSON.parse(readFileSync(path.resolve(__dirname, "../../package.json"), "utf8")) as Manifest;

/** The versions of this package and of what an exported program needs. */
export const VERSIONS = {
  provider: manifest.version,
  sdk: manifest.dependencies["xtremepush-access"],
  pulumi: manifest.peerDependencies["@pulumi/pulumi"],
  // Those with which Pulumi's own loader of TypeScript programs is known to work; TypeScript 7 breaks it.
  typescript: "~6.0.3",
  tsNode: "~10.9.2",
  nodeTypes: "^24.0.0",
} as const;
