import path from "node:path";
import { fileURLToPath } from "node:url";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";

/** Finds where a resource is written: `<file>:<line>`, or null when nothing of the program made it. */
export type SourceFinder = (request: RegisterResourceRequest) => string | null;

/** What identifies a position. */
export interface SourceFolders {
  /** Positions are relative to it. */
  readonly folder: string;
  /** The folders of packages whose classes make resources for a program. */
  readonly packages: readonly string[];
}

/** Makes a finder of the innermost line that is the program's own. */
export function sourceFinder(folders: SourceFolders): SourceFinder {
  return (request) => {
    const frames = request.getStacktrace()?.getFramesList() ?? [];
    const positions = [request.getSourceposition(), ...frames.map((frame) => frame.getPc())];
    for (const position of positions) {
      const file = position === undefined ? undefined : pathOf(position.getUri());
      if (position !== undefined && file !== undefined && isOwn(file, folders)) {
        return `${relativePath(folders.folder, file)}:${position.getLine()}`;
      }
    }
    return null;
  };
}

function pathOf(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    // The program says what it likes there.
    return undefined;
  }
}

function isOwn(file: string, { folder, packages }: SourceFolders): boolean {
  // The reviewer's link would lead out of the program.
  if (!file.startsWith(folder + path.sep)) return false;
  if (file.split(path.sep).includes("node_modules")) return false;
  return !packages.some((folder) => file.startsWith(folder + path.sep));
}

/** The path of a file from a folder, the same on every machine. */
export function relativePath(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join("/");
}
