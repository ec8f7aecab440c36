import path from "node:path";
import ts from "typescript";
import { commentOf, parseSource } from "../doc-comments";
import { code, generatedFrom, table } from "../markdown";

const INDEX = "provider/src/index.ts";

/** The text of docs/reference/resources.md. */
export function resourcesPage(): string {
  const exported = parseSource(INDEX).statements.filter(ts.isExportDeclaration);
  const files = exported.flatMap(fileOf);
  const declarations = files.flatMap((file) => [...parseSource(file).statements]).filter(isDeclaration);
  const find = (name: string) => {
    const found = declarations.find((declaration) => declaration.name?.text === name);
    if (found === undefined) throw new Error(`${INDEX} exports no ${name}`);
    return found;
  };
  return [
    generatedFrom("the comments in provider/src"),
    `# Resources\n\n${INTRODUCTION}\n`,
    ...exported.flatMap(resourcesIn).map((name) => sectionOf(name, find)),
  ].join("");
}

const INTRODUCTION = `Import them from \`pulumi-xtremepush\`. An input may be an output of another resource. Every resource also takes
[Pulumi's resource options](https://www.pulumi.com/docs/iac/concepts/options/).`;

type Declaration = ts.ClassDeclaration | ts.InterfaceDeclaration;

function isDeclaration(node: ts.Node): node is Declaration {
  return ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node);
}

function fileOf({ moduleSpecifier }: ts.ExportDeclaration): string[] {
  if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) return [];
  return [`${path.posix.join(path.posix.dirname(INDEX), moduleSpecifier.text)}.ts`];
}

/** The classes that an export names; their arguments are exported as types. */
function resourcesIn({ exportClause }: ts.ExportDeclaration): string[] {
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
  return exportClause.elements.filter(({ isTypeOnly }) => !isTypeOnly).map(({ name }) => name.text);
}

function sectionOf(name: string, find: (name: string) => Declaration): string {
  const resource = find(name);
  const inputs = inputsOf(find(`${name}Args`), find).map((input) => {
    const comment = commentOf(input, `${name}Args.${input.name.getText()}`);
    return [
      code(input.name.getText()),
      typeOf(input),
      requiredOf(input, comment.default),
      comment.paragraphs.join(" "),
    ];
  });
  const outputs = resource.members.filter(isOutput).map((output) => {
    const comment = commentOf(output, `${name}.${output.name.getText()}`);
    return [code(output.name.getText()), typeOf(output), comment.paragraphs.join(" ")];
  });
  return [
    `\n## ${name}\n\n${commentOf(resource, name).paragraphs.join("\n\n")}\n`,
    `\n### Inputs of ${name}\n\n${table(["input", "type", "default", "meaning"], inputs)}`,
    outputs.length === 0 ? "" : `\n### Outputs of ${name}\n\n${table(["output", "type", "meaning"], outputs)}`,
  ].join("");
}

/** The members of an interface, its own first, then those of the `Omit<…>` and `Pick<…>` that it extends. */
function inputsOf(args: Declaration, find: (name: string) => Declaration): ts.PropertySignature[] {
  const own = [...args.members].filter(ts.isPropertySignature);
  const heirs = (args.heritageClauses ?? []).flatMap(({ types }) => [...types]);
  const inherited = heirs.flatMap(({ expression, typeArguments = [] }) => {
    const [base, keys] = typeArguments;
    const named = new Set(keys?.getText().match(/\w+/g));
    const isPick = expression.getText() === "Pick";
    if (!base || !keys || !(isPick || expression.getText() === "Omit"))
      throw new Error(`cannot read ${args.name?.text}`);
    return inputsOf(find(base.getText()), find).filter(({ name }) => named.has(name.getText()) === isPick);
  });
  return [...own, ...inherited];
}

type Output = ts.PropertyDeclaration | ts.GetAccessorDeclaration;

function isOutput(member: ts.Node): member is Output {
  return (
    (ts.isPropertyDeclaration(member) && !ts.isPrivateIdentifier(member.name)) || ts.isGetAccessorDeclaration(member)
  );
}

function requiredOf({ questionToken }: ts.PropertySignature, value: string | undefined): string {
  if (questionToken === undefined) return "required";
  if (value === undefined) return "";
  return /^[\w"]+$/.test(value) ? code(value) : value;
}

function typeOf({ name, type }: ts.PropertySignature | Output): string {
  if (type === undefined) throw new Error(`${name.getText()} has no type`);
  return code(shortType(type));
}

/** A type as a reader needs it: without `Input`, `undefined` and `readonly`. */
function shortType(type: ts.TypeNode): string {
  if (ts.isUnionTypeNode(type)) {
    return type.types
      .filter((each) => each.kind !== ts.SyntaxKind.UndefinedKeyword)
      .map(shortType)
      .join(" | ");
  }
  if (ts.isArrayTypeNode(type)) return `${shortType(type.elementType)}[]`;
  if (ts.isTypeOperatorNode(type)) return shortType(type.type);
  if (!ts.isTypeReferenceNode(type)) return type.getText();
  const [name, [first, ...others] = []] = [type.typeName.getText(), type.typeArguments];
  if (first === undefined) return name;
  if (["pulumi.Input", "pulumi.Output", "Readonly"].includes(name)) return shortType(first);
  return `${name}<${[first, ...others].map(shortType).join(", ")}>`;
}
