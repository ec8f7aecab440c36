import { fencedBlock } from "../support/docs/fenced-block";
import { readmeBlock } from "../support/docs/readme";

/** The page that shows how to install the packages, with a table of these trees. */
export const GUIDE = "docs/guides/other-package-managers.md";

/** The npm package of each package manager, and its command; npm is there. */
export const TOOLS = {
  npm: undefined,
  "pnpm 12": { package: "pnpm@12.21.0", command: "pnpm" },
  "pnpm 10": { package: "pnpm@10.34.9", command: "pnpm" },
  "Yarn 4": { package: "@yarnpkg/cli-dist@4.18.1", command: "yarn" },
  bun: { package: "bun@1.4.5", command: "bun" },
} as const;
export type ToolName = keyof typeof TOOLS;

/** A folder as a user may have it. */
export interface Tree {
  readonly tool: ToolName;
  readonly shape: string;
  /** The text of each file, by its path. */
  readonly files: Readonly<Record<string, string>>;
  /** The folder of Pulumi.yaml. @default "." */
  readonly infra?: string;
  /** The package.json that lacks the package until the program has said so. */
  readonly lacking?: string;
}

const PULUMI = "3.259.0";
const PROJECT = "name: my-access\nruntime: nodejs\n";
const RESOLUTIONS = { "xtremepush-access": "file:../access-packages/xtremepush-access-0.1.0.tgz" };

const README_WAY = {
  "package.json": fencedBlock(GUIDE, "json", "resolutions"),
  "Pulumi.yaml": PROJECT,
  "tsconfig.json": JSON.stringify({
    compilerOptions: { target: "es2023", module: "nodenext", types: ["node"], strict: true, skipLibCheck: true },
  }),
  "index.ts": readmeBlock("ts", "new ScopeGrant("),
};
const PNPM_SETTINGS = fencedBlock(GUIDE, "yaml", "overrides:");
const YARN_SETTINGS = fencedBlock(GUIDE, "yaml", "nodeLinker");

/** The two files of the packages, as the dependencies of a package in a folder of this depth. */
function ours(depth: number): Record<string, string> {
  const folder = `file:${"../".repeat(depth + 1)}access-packages`;
  return {
    "pulumi-xtremepush": `${folder}/pulumi-xtremepush-0.1.0.tgz`,
    "xtremepush-access": `${folder}/xtremepush-access-0.1.0.tgz`,
  };
}

const MODULE = `import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
const crm = new ApiClient("crm", { name: "CRM sync" });
new ScopeGrant("crm", { client: crm, permissions: ["import:profile"] });
`;

const MAIN_FOLDER = {
  "package.json": manifest({ type: "module", dependencies: { ...ours(0), "@pulumi/pulumi": PULUMI } }),
  "Pulumi.yaml": `${PROJECT}main: src\n`,
  "src/package.json": manifest({ type: "module", main: "index.js" }),
  "src/index.js": MODULE,
};

/** A workspace whose program knows only the package around the classes. */
function workspace(link: string): Readonly<Record<string, string>> {
  const dependencies = { "@acme/access": link, "@pulumi/pulumi": PULUMI };
  return {
    "package.json": manifest({ workspaces: ["access", "infra"], resolutions: RESOLUTIONS }),
    "access/package.json": manifest({
      ...{ name: "@acme/access", version: "1.0.0", main: "index.js" },
      dependencies: { ...ours(1), "@pulumi/pulumi": PULUMI },
    }),
    "access/index.js": `const { Integration } = require("pulumi-xtremepush");
exports.integration = (name, permissions) => new Integration(name, { permissions });
`,
    "infra/package.json": manifest({ name: "infra", version: "1.0.0", main: "index.js", dependencies }),
    "infra/index.js": 'require("@acme/access").integration("crm", ["import:profile"]);\n',
    "infra/Pulumi.yaml": PROJECT,
  };
}

const PNPM_WORKSPACE = {
  ...workspace("workspace:*"),
  "pnpm-workspace.yaml": `packages: [access, infra]\n${PNPM_SETTINGS}`,
};
const WRAPPED = "a workspace, the program depends on a package around the classes";

export const TREES: readonly Tree[] = [
  { tool: "npm", shape: "`main:` is a folder, an ES module", files: MAIN_FOLDER },
  { tool: "npm", shape: WRAPPED, files: workspace("1.0.0"), infra: "infra" },
  { tool: "pnpm 12", shape: "one package", files: { ...README_WAY, "pnpm-workspace.yaml": PNPM_SETTINGS } },
  { tool: "pnpm 12", shape: WRAPPED, files: PNPM_WORKSPACE, infra: "infra", lacking: "infra/package.json" },
  { tool: "pnpm 10", shape: WRAPPED, files: PNPM_WORKSPACE, infra: "infra", lacking: "infra/package.json" },
  {
    tool: "Yarn 4",
    shape: "one package, `nodeLinker: node-modules`",
    files: { ...README_WAY, ".yarnrc.yml": YARN_SETTINGS },
  },
  { tool: "bun", shape: "one package, run by Node.js", files: README_WAY },
];

/** The table of the page. */
export function treesTable(): string {
  const rows = TREES.map(({ tool, shape, lacking }) => {
    const found = lacking === undefined ? "found" : "refused with the line to add; then found";
    const name = TOOLS[tool]?.package ?? "npm";
    return `| ${tool}${name === "npm" ? "" : ` (\`${name}\`)`} | ${shape} | ${found} |`;
  });
  return ["| installed by | tree | the handlers |", "|---|---|---|", ...rows, ""].join("\n");
}

function manifest(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ private: true, ...fields }, null, 2)}\n`;
}
