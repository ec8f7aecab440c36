import { parse } from "yaml";
import type { Commit } from "../git/commit";
import { ReviewFailure } from "../review-failure";

const EXTENSIONS = ["yaml", "yml", "json"];

/**
 * The configuration file of a stack in a commit; null when it has none.
 *
 * @throws ReviewFailure when the commit has a Pulumi.yaml that cannot be read: it may name the folder of that file.
 */
export async function configurationIn(commit: Commit, stack: string): Promise<string | null> {
  const folder = await configurationFolder(commit);
  for (const extension of EXTENSIONS) {
    const name = `Pulumi.${stack}.${extension}`;
    const file = folder === "" ? name : `${folder}/${name}`;
    if (await commit.has(file)) return file;
  }
  return null;
}

/** Pulumi.yaml may name another folder for the configuration of the stacks, under either of two keys. */
async function configurationFolder(commit: Commit): Promise<string> {
  for (const extension of EXTENSIONS) {
    const file = `Pulumi.${extension}`;
    const text = await commit.read(file);
    if (text === null) continue;
    const { stackConfigDir, config } = Object(contentOf(text, `${file} of the commit ${commit.sha.slice(0, 12)}`));
    const folder: unknown = stackConfigDir ?? config;
    return typeof folder === "string" ? folder.replace(/^(?:\.\/+)+|\/+$|^\.$/g, "") : "";
  }
  return "";
}

function contentOf(text: string, where: string): unknown {
  try {
    return parse(text, { logLevel: "error" });
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new ReviewFailure(`${where} cannot be read: ${reason}`);
  }
}
