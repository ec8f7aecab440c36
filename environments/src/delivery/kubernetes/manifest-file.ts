import { quoted } from "xtremepush-access/text";
import { parse, stringify, YAMLError } from "yaml";
import { EnvironmentFailure, refusal } from "../../environment-failure";
import { PrivateFile } from "../private-file";
import type { SecretStore } from "./kubernetes-secret";

/** A manifest of one Secret in a file, for its owner alone. */
export class ManifestFile implements SecretStore {
  readonly place: string;
  readonly #file: PrivateFile;

  constructor(folder: string, file: string) {
    this.place = file;
    this.#file = new PrivateFile(folder, file);
  }

  async check(isRemoval: boolean): Promise<void> {
    if (isRemoval) await this.#file.assertRemovable(refusal);
    else await this.#file.assertWritable(refusal);
  }

  async read(): Promise<unknown> {
    await this.#file.assertRemovable();
    const text = await this.#file.read();
    if (text === null) return null;
    try {
      // A file that is empty is not ours either.
      return (parse(text, { logLevel: "silent" }) as unknown) ?? {};
    } catch (error) {
      if (!(error instanceof YAMLError)) throw error;
      throw new EnvironmentFailure(`${quoted(this.place)} is not a manifest of one Secret; name another file`);
    }
  }

  async write(object: object): Promise<boolean> {
    // kubectl reads YAML 1.1, in which `no` and `1_0` are not strings.
    await this.#file.write(stringify(object, { lineWidth: 0, compat: "yaml-1.1" }));
    return true;
  }

  async remove(): Promise<void> {
    await this.#file.remove();
  }

  refusal(message: string): EnvironmentFailure {
    return refusal(message);
  }
}
