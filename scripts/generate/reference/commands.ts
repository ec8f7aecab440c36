import { buildProgram as backend } from "../../../backend/src/cli/program";
import { buildProgram as environments } from "../../../environments/src/cli/command-line";
import { buildProgram as gateway } from "../../../gateway/src/cli/command-line";
import { buildProgram as provider } from "../../../provider/src/cli/program";
import { buildProgram as review } from "../../../review/src/cli/command-line";
import { code, generatedFrom, plainText, table } from "../markdown";

// The type comes from the rooms' commander: this folder may resolve another version.
type Command = ReturnType<typeof backend>;
type Argument = Command["registeredArguments"][number];
type Option = Command["options"][number];

/** The text of docs/reference/commands.md. */
export function commandsPage(): string {
  return [
    generatedFrom("the command lines of backend, provider, review, environments and gateway"),
    `# Commands\n\n${INTRODUCTION}\n`,
    ...[backend(), provider(), review(), environments(), gateway()].map(programSection),
  ].join("");
}

const INTRODUCTION = `Run them with \`npx --no-install\` in a project that has the packages. Every command has \`--help\`, which also shows examples.`;

/** A program and all of its commands, including those of groups. */
export function programSection(program: Command): string {
  const sections = leavesOf(program).map((command) => commandSection(command));
  return `\n## ${program.name()}\n\n${plainText(program.description())}\n${sections.join("")}`;
}

function leavesOf(command: Command): Command[] {
  const own = command.commands.filter(({ name }) => name.call(command) !== "help");
  return own.length === 0 ? [command] : own.flatMap(leavesOf);
}

function commandSection(command: Command): string {
  const rows = [
    ...command.registeredArguments.map(argumentRow),
    ...command.options.filter(({ hidden }) => !hidden).map(optionRow),
  ];
  const usage = [...namesOf(command), ...command.registeredArguments.map(placeOf)].join(" ");
  const options = rows.length === 0 ? "" : `\n${table(["argument or option", "default", "meaning"], rows)}`;
  return `\n### ${code(usage)}\n\n${plainText(command.description())}\n${options}`;
}

function namesOf(command: Command): string[] {
  return command.parent === null ? [command.name()] : [...namesOf(command.parent), command.name()];
}

function placeOf(argument: Argument): string {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  return argument.required ? `<${name}>` : `[${name}]`;
}

function argumentRow(argument: Argument): string[] {
  return [code(placeOf(argument)), defaultOf(argument, argument.required), meaningOf(argument)];
}

function optionRow(option: Option): string[] {
  return [code(option.flags), defaultOf(option, option.mandatory), meaningOf(option)];
}

function defaultOf({ defaultValue, defaultValueDescription }: Argument | Option, required: boolean): string {
  if (defaultValueDescription !== undefined) return defaultValueDescription;
  if (required && defaultValue === undefined) return "required";
  return isNothing(defaultValue) ? "" : code(String(defaultValue));
}

/** An option that can be repeated starts with an empty list or an empty object. */
function isNothing(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === false;
}

function meaningOf({ description, argChoices }: Argument | Option): string {
  const choices = argChoices === undefined ? "" : `: ${argChoices.map(code).join(", ")}`;
  return `${plainText(description)}${choices}`;
}
