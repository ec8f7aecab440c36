import { count, visible } from "xtremepush-access/text";
import { CONFIGURATION_KEYS } from "../protocol";
import type { ExportPlan, LeftOut } from "./export-plan";
import type { TargetStack } from "./import-file";
import { VERSIONS } from "./versions";

/** The settings in the files around a program. */
export interface ExportedProject {
  readonly endpoint: string;
  /** The Xtremepush project. */
  readonly project: string;
  readonly target: TargetStack;
  /** The argument of `pulumi stack init`. */
  readonly stackName: string;
  /** The owner from XTREMEPUSH_OWNER; null when the stack's default owner applies. */
  readonly configuredOwner: string | null;
}

/** Writes Pulumi.yaml. Its configuration fixes the backend and the project, whatever the environment has. */
export function pulumiYaml({ endpoint, project, target, configuredOwner }: ExportedProject): string {
  return [
    `name: ${target.pulumiProject}`,
    `description: The clients of the Xtremepush project ${project} and what they may do`,
    "runtime: nodejs",
    "config:",
    `  ${CONFIGURATION_KEYS.endpoint}: { value: ${JSON.stringify(endpoint)} }`,
    `  ${CONFIGURATION_KEYS.project}: { value: ${JSON.stringify(project)} }`,
    ...(configuredOwner === null
      ? []
      : [`  ${CONFIGURATION_KEYS.owner}: { value: ${JSON.stringify(configuredOwner)} }`]),
    "",
  ].join("\n");
}

export function packageJson({ target }: ExportedProject): string {
  return json({
    name: target.pulumiProject,
    version: "0.1.0",
    private: true,
    main: "index.ts",
    dependencies: {
      "@pulumi/pulumi": VERSIONS.pulumi,
      "pulumi-xtremepush": VERSIONS.provider,
      "xtremepush-access": VERSIONS.sdk,
    },
    devDependencies: {
      "@types/node": VERSIONS.nodeTypes,
      "ts-node": VERSIONS.tsNode,
      typescript: VERSIONS.typescript,
    },
  });
}

export function tsconfigJson(): string {
  return json({
    compilerOptions: {
      target: "es2023",
      module: "nodenext",
      moduleResolution: "nodenext",
      types: ["node"],
      strict: true,
      noEmit: true,
    },
    files: ["index.ts"],
  });
}

/** Writes README.md: what the export wrote, and the next commands in order. */
export function readme({ project, endpoint, stackName }: ExportedProject, { declared, leftOut }: ExportPlan): string {
  return `# API access of ${project}

${count(declared.length, "client")} of the Xtremepush project \`${project}\` on ${endpoint}, as a Pulumi program, written by \`pulumi-xtremepush
export\`. Nothing was changed on the backend.

## Next

The Pulumi CLI must be 3.254 or newer. The actor whose token you give needs the role \`editor\` for the project.

\`\`\`sh
npm install                               # or, with packages that you have packed: npm install PATH/*.tgz
read -rs XTREMEPUSH_TOKEN && export XTREMEPUSH_TOKEN
pulumi stack init ${stackName}
pulumi import --file import.json --generate-code=false --protect=false --yes
pulumi preview --expect-no-changes        # the program and the project are the same
pulumi up --refresh                       # claims each client and grant: its one change is managedBy
rm import.json                            # it is needed once
\`\`\`

From then on the backend knows that this program manages them, and refuses them to others. Commit the folder; a pull request
shows every permission gained or lost.

- Secrets: nothing here holds one, because the backend shows a secret once, when it is made. The present ones keep working, and
  \`clientSecret\` is null. To have one in the state, raise \`secretVersion\` by one: the earlier secret keeps working for 24 hours.
- Another stack or Pulumi project than \`${stackName}\`: the import works, too, and the first preview shows one change of
  \`managedBy\` for each client and grant, which \`pulumi up\` makes.
- Names of resources are yours until the import; afterwards a new name needs an alias.
${leftOut.length === 0 ? "" : `\n## Not declared here\n\n${leftOut.map(line).join("\n")}\n\nThey stay as they are.\n`}`;
}

function line({ client, what, why }: LeftOut): string {
  const name = `\`${visible(client.name).replaceAll("`", "'")}\` (${visible(client.id)})`;
  return what === "client" ? `- ${name}: ${why}` : `- the permissions of ${name}: ${why}`;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
