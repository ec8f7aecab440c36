import path from "node:path";
import ts from "typescript";

const ROOT = path.resolve(__dirname, "../../..");
const FILE = path.join(ROOT, "test", "program-of-a-user.mts");

// Shared, so that the libraries are read once.
const PARSED = ts.createDocumentRegistry();

/** What the compiler and the editor say about a program that is never written to disk. */
export interface UserProgram {
  /** The compiler's errors, one text each. */
  errors(): string[];
  /** What the editor shows when the pointer is on the first `text` of the program. */
  hoverOn(text: string): string;
  /** The names that the editor offers behind the first `text` of the program. */
  completionsBehind(text: string): string[];
}

export function userProgram(source: string): UserProgram {
  const service = ts.createLanguageService(hostOf(source), PARSED);
  const at = (text: string) => source.indexOf(text) + text.length;
  return {
    errors: () =>
      service.getSemanticDiagnostics(FILE).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    hoverOn: (text) =>
      (service.getQuickInfoAtPosition(FILE, at(text) - 1)?.documentation ?? []).map((part) => part.text).join(""),
    completionsBehind: (text) =>
      (service.getCompletionsAtPosition(FILE, at(text), {})?.entries ?? []).map(({ name }) => name),
  };
}

function hostOf(source: string): ts.LanguageServiceHost {
  const read = (file: string) => (file === FILE ? source : ts.sys.readFile(file));
  return {
    getCompilationSettings: () => ({
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"],
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
    }),
    getScriptFileNames: () => [FILE],
    getScriptVersion: (file) => (file === FILE ? source : "1"),
    getScriptSnapshot: (file) => {
      const text = read(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => ROOT,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (file) => file === FILE || ts.sys.fileExists(file),
    readFile: read,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    ...(ts.sys.realpath && { realpath: ts.sys.realpath }),
  };
}
