import path from "node:path";
import { fileURLToPath } from "node:url";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { parseSourcePosition } from "../../model/source-position";

/** Finds the code that declares a resource: `<file>:<line>`, or null when it is not in the program. */
export type SourceFinder = (request: RegisterResourceRequest) => string | null;

export interface SourceFolders {
  /** Positions are relative to it. */
  readonly folder: string;
  /** The folders of packages whose classes make resources. */
  readonly packages: readonly string[];
}

/** Makes a finder of the innermost line that belongs to the program. */
export function sourceFinder(folders: SourceFolders): SourceFinder {
  return (request) => {
    const frames = request.getStacktrace()?.getFramesList() ?? [];
    const positions = [request.getSourceposition(), ...frames.map((frame) => frame.getPc())];
    for (const position of positions) {
      const file = position === undefined ? undefined : pathOf(position.getUri());
      if (position !== undefined && file !== undefined && isOwn(file, folders)) {
        const source = `${relativePath(folders.folder, file)}:${position.getLine()}`;
        return parseSourcePosition(source) === null ? null : source;
      }
    }
    return null;
  };
}

function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    // The program controls this string.
    return undefined;
  }
}

function isOwn(file: string, { folder, packages }: SourceFolders): boolean {
  // A link to it would lead out of the program.
  if (!file.startsWith(folder + path.sep)) return false;
  if (file.split(path.sep).includes("node_modules")) return false;
  return !packages.some((folder) => file.startsWith(folder + path.sep));
}

/** The path of a file from a folder, the same on every machine. */
export function relativePath(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join("/");
}
