import path from "node:path";
import ts from "typescript";

const INDEX = path.resolve(__dirname, "../../../sdk/src/index.ts");

/** What a comment before an export or a method says. */
export interface PublishedComment {
  readonly name: string;
  readonly text: string;
  /** The names of its tags, `throws` and so on. */
  readonly tags: readonly string[];
}

/** The comments of the sdk's exports, and of the methods of its calls (`ClientsResource.get`). */
export function publishedComments(): { readonly exports: PublishedComment[]; readonly methods: PublishedComment[] } {
  const program = ts.createProgram([INDEX], { strict: true, skipLibCheck: true, types: ["node"], ...NODE });
  const checker = program.getTypeChecker();
  const comment = (name: string, symbol: ts.Symbol): PublishedComment => ({
    name,
    text: ts.displayPartsToString(symbol.getDocumentationComment(checker)),
    tags: symbol.getJsDocTags(checker).map((tag) => tag.name),
  });
  const file = program.getSourceFile(INDEX);
  const index = file && checker.getSymbolAtLocation(file);
  const exported = (index === undefined ? [] : checker.getExportsOfModule(index)).map((symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
  );
  const client = exported.find(({ name }) => name === "AccessClient");
  const calls = (client === undefined ? [] : checker.getDeclaredTypeOfSymbol(client).getProperties())
    .filter(({ name }) => !name.includes("#"))
    .map((property) => checker.getTypeOfSymbol(property));
  return {
    exports: exported.map((symbol) => comment(symbol.name, symbol)),
    methods: calls.flatMap((type) =>
      type
        .getProperties()
        .filter(({ flags, name }) => flags & ts.SymbolFlags.Method && !name.includes("#"))
        .map((method) => comment(`${type.symbol.name}.${method.name}`, method)),
    ),
  };
}

const NODE = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};
