import path from "node:path";
import ts from "typescript";

/** The text of source files by their path from the root of the repository. */
export type Sources = ReadonlyMap<string, string>;

/** The folder of sources that each package of this repository is built from, by the package's name. */
export type Packages = Readonly<Record<string, string>>;

/** One file names another: by import, export from, require, dynamic import or the type `import()`. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import between these sources, of types too; imports of other packages are left out. */
export function importsOf(sources: Sources, packages: Packages): Import[] {
  return [...sources].flatMap(([from, text]) =>
    specifiersIn(from, text).flatMap((specifier) => {
      const to = resolve(from, specifier, packages).find((candidate) => sources.has(candidate));
      return to === undefined ? [] : [{ from, to }];
    }),
  );
}

function specifiersIn(file: string, text: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const named = nameIn(node);
    if (named !== undefined && ts.isStringLiteralLike(named)) found.push(named.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, false));
  return found;
}

function nameIn(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isExternalModuleReference(node)) return node.expression;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (!ts.isCallExpression(node)) return undefined;
  const { expression: called } = node;
  const isImport = called.kind === ts.SyntaxKind.ImportKeyword;
  const isRequire = ts.isIdentifier(called) && called.text === "require";
  return isImport || isRequire ? node.arguments[0] : undefined;
}

function resolve(from: string, specifier: string, packages: Packages): string[] {
  if (specifier.startsWith(".")) return candidates(path.posix.join(path.posix.dirname(from), specifier));
  const owner = Object.keys(packages).find((name) => specifier === name || specifier.startsWith(`${name}/`));
  const folder = owner === undefined ? undefined : packages[owner];
  return folder === undefined ? [] : candidates(path.posix.join(folder, specifier.slice(owner?.length)));
}

function candidates(place: string): string[] {
  return [place, place.replace(/\.(m|c)?js$/, ".$1ts"), `${place}.ts`, `${place}/index.ts`];
}

/** Circles of files, each once, as the files in the order of their imports. */
export function circlesIn(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[][] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) circles.push([...trail.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const next of targets.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of targets.keys()) walk(file, []);
  return circles;
}

/** The places in a folder, folders and loose files, each of which may import those before it. */
export interface Order {
  readonly folder: string;
  readonly places: readonly string[];
}

/** A sentence for each import inside the folder from a place to a later one, or of a place that has no rank. */
export function arrowsUp(imports: readonly Import[], { folder, places }: Order): string[] {
  return imports.flatMap(({ from, to }) => {
    const [importing, imported] = [placeIn(folder, from), placeIn(folder, to)];
    if (importing === undefined || imported === undefined || importing === imported) return [];
    const unranked = [importing, imported].find((place) => !places.includes(place));
    if (unranked !== undefined) return [`${from} imports ${to}: ${folder}/${unranked} has no rank in the order`];
    if (places.indexOf(imported) < places.indexOf(importing)) return [];
    return [`${from} imports ${to}: in ${folder}, ${importing} must not import ${imported}`];
  });
}

function placeIn(folder: string, file: string): string | undefined {
  return file.startsWith(`${folder}/`) ? file.slice(folder.length + 1).split("/")[0] : undefined;
}

/** The rooms by their folders, with the folders that each may import from beside its own. */
export type Rooms = Readonly<Record<string, readonly string[]>>;

/** A sentence for each import from a room to a file outside of the rooms that it may import. */
export function arrowsBetween(imports: readonly Import[], rooms: Rooms): string[] {
  return imports.flatMap(({ from, to }) => {
    const [importing, imported] = [roomOf(from, rooms), roomOf(to, rooms)];
    if (importing === undefined || importing === imported) return [];
    if (imported !== undefined && rooms[importing]?.includes(imported)) return [];
    return [`${from} imports ${to}: ${importing} must not import ${imported ?? path.posix.dirname(to)}`];
  });
}

/** The innermost room that holds a file. */
function roomOf(file: string, rooms: Rooms): string | undefined {
  return Object.keys(rooms)
    .filter((room) => file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];
}
