import { PIPELINE_VARIABLES } from "xtremepush-access";
import { startCommand } from "../../../backend/src/cli/start";
import { VARIABLES } from "../../../backend/src/process/settings";
import { CONFIGURATION_KEYS, ENVIRONMENT_VARIABLES, type SettingName } from "../../../provider/src/protocol";
import { commentOf, parseSource, propertiesOf } from "../doc-comments";
import { code, generatedFrom, table } from "../markdown";

/** The text of docs/reference/environment.md. */
export function environmentPage(): string {
  return [
    generatedFrom("the settings of backend and provider"),
    "# Environment and configuration\n\nAn empty variable counts as not set.\n",
    `\n## The backend\n\n${BACKEND_NOTE}\n\n`,
    table(["variable", "flag of `start`", "default", "meaning"], backendRows()),
    `\n## The provider\n\n${PROVIDER_NOTE}\n\n`,
    table(["stack configuration", "variable", "meaning"], providerRows()),
    "\n## Commands\n\n",
    table(["variable", "read by", "meaning"], COMMANDS),
  ].join("");
}

const BACKEND_NOTE =
  "A flag wins over its variable. Secrets have no flag, because other users of the machine see a command line.";

const PROVIDER_NOTE = `The stack configuration wins over the environment. \`pulumi refresh\` and \`pulumi destroy\` use the configuration that the state remembers,
and the current environment, so a token that changes belongs in the environment. An explicit \`Provider\` reads its own inputs and the
variable that it names, and falls back to nothing.`;

const SETTINGS: Readonly<Record<SettingName, string>> = {
  endpoint: "Address of the backend: `https:`, or `http:` to this machine.",
  project: "Slug of the project.",
  token: "Actor token; in the stack configuration it must be set with `--secret`.",
  owner: "First part of the owner of every client and grant; the Pulumi organization by default.",
  showAccess:
    "`false` hides the lines in previews and updates that show which client gains and loses which permissions. An explicit `Provider` reads the variable only.",
};

const CALLERS = "`xtremepush-access-backend`, `pulumi-xtremepush`, `xtremepush-access-review`, `xtremepush-access-env`";

/** A test compares the names with those that the command lines read. */
const COMMANDS = [
  [code(ENVIRONMENT_VARIABLES.endpoint), CALLERS, "Address of the backend that a command calls."],
  [code(ENVIRONMENT_VARIABLES.token), CALLERS, "Actor token of the command; there is no flag for it."],
  [
    code(PIPELINE_VARIABLES.from),
    CALLERS,
    "`github` or `gitlab`: without a token, the ID token of the pipeline is exchanged for one. The provider reads these three, too.",
  ],
  [code(PIPELINE_VARIABLES.audience), CALLERS, "Audience of the ID token, where it is not the address of the backend."],
  [code(PIPELINE_VARIABLES.idToken), CALLERS, "ID token of a GitLab job."],
  [code(ENVIRONMENT_VARIABLES.project), CALLERS, "Slug of the project, where a command has no `--project`."],
  [
    code(ENVIRONMENT_VARIABLES.owner),
    "`pulumi-xtremepush export`",
    "Owner for the configuration of the written program.",
  ],
  ["`GITHUB_TOKEN`", "`xtremepush-access-review comment`", "Token that writes the comment."],
  [
    "`GITHUB_API_URL`",
    "`xtremepush-access-review comment`",
    "Address of GitHub's API; `https://api.github.com` when it is not set.",
  ],
  ["`NO_COLOR`", "`xtremepush-access-review`, `xtremepush-access-env`", "Any value: no colours in a terminal."],
];

function providerRows(): string[][] {
  // The names of a constant object are known.
  return (Object.keys(SETTINGS) as SettingName[]).map((name) => [
    code(CONFIGURATION_KEYS[name]),
    code(ENVIRONMENT_VARIABLES[name]),
    SETTINGS[name],
  ]);
}

function backendRows(): string[][] {
  const { options } = startCommand();
  return propertiesOf(parseSource("backend/src/process/settings.ts"), "VARIABLES").map((property) => {
    const name = property.name.getText();
    const comment = commentOf(property, name);
    const flag = options.find((option) => option.attributeName() === name)?.long;
    const variable: unknown = Reflect.get(VARIABLES, name);
    return [code(String(variable)), flag ? code(flag) : "", comment.default ?? "none", comment.paragraphs.join(" ")];
  });
}
