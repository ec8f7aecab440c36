import { spawn } from "node:child_process";
import { visible, word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../../environment-failure";
import { codeOf } from "../../replace-file";
import { startCommand } from "../start-command";
import type { SecretStore } from "./kubernetes-secret";

interface ClusterOptions {
  /** Without it, the current context of kubectl. */
  readonly context?: string | undefined;
  readonly namespace: string;
  readonly name: string;
}

/** Who has set what, in the words of server-side apply. */
const FIELD_MANAGER = "xtremepush-access-env";
const DETAIL_MAX = 300;

/** What kubectl ended with. Of an apply, its output can hold the values. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A Secret of a cluster, which kubectl reads and applies with the credentials that it is configured with. */
export class ClusterSecret implements SecretStore {
  readonly place: string;
  readonly #options: ClusterOptions;

  constructor(options: ClusterOptions) {
    this.#options = options;
    const { context, namespace, name } = options;
    this.place = `${context === undefined ? "" : `${context} `}${namespace}/${name}`;
  }

  async check(): Promise<void> {
    const { name, namespace } = this.#options;
    const needed = [
      ["create", "secrets"],
      ["patch", `secrets/${name}`],
      ["delete", `secrets/${name}`],
    ] as const;
    for (const [verb, resource] of needed) {
      const { code, stderr } = await this.#run(["auth", "can-i", verb, resource, "--quiet"]);
      if (code === 0) continue;
      // kubectl ends with 1 for "no" and for an error, and says only the error.
      if (stderr.trim() !== "" && !/^Warning:/.test(stderr)) throw this.#failure("answered nothing", stderr);
      throw new EnvironmentFailure(
        `kubectl: this user may not ${verb} ${resource} in the namespace ${namespace}; give it a role with get, create, patch and delete of secrets`,
      );
    }
  }

  async read(): Promise<unknown> {
    const ended = await this.#run(["get", "secret", this.#options.name, "--ignore-not-found", "--output", "json"]);
    if (ended.code !== 0) throw this.#failure("could not read the Secret", ended.stderr);
    if (ended.stdout.trim() === "") return null;
    try {
      return JSON.parse(ended.stdout);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new EnvironmentFailure("kubectl did not answer in JSON; check which kubectl is the first on the PATH");
    }
  }

  async write(object: object, isNew: boolean): Promise<boolean> {
    // The object has one known shape. To validate it here, kubectl would load the description of the whole API first.
    const args = [
      ...["apply", "--server-side", "--field-manager", FIELD_MANAGER],
      ...["--validate=false", "--filename", "-", "--output", "name"],
    ];
    // What another has set since a Secret was found missing is a conflict. What one has changed by hand is delivered again.
    const { code, stderr } = await this.#run(isNew ? args : [...args, "--force-conflicts"], JSON.stringify(object));
    if (code === 0) return true;
    if (/conflict|object has been modified/i.test(stderr)) return false;
    const { namespace } = this.#options;
    throw new EnvironmentFailure(
      /namespaces .* not found/.test(stderr)
        ? `kubectl: the namespace ${namespace} does not exist; create it first`
        : `kubectl could not apply ${word(this.place)} (${code}); its output is not shown, because it may hold the credential`,
    );
  }

  async remove(): Promise<void> {
    const { code, stderr } = await this.#run(["delete", "secret", this.#options.name, "--ignore-not-found"]);
    if (code !== 0) throw this.#failure("could not delete the Secret", stderr);
  }

  refusal(message: string): EnvironmentFailure {
    return new EnvironmentFailure(message);
  }

  /** Only for what has read no value. */
  #failure(what: string, stderr: string): EnvironmentFailure {
    const [line = ""] = stderr.split("\n").filter((each) => each.trim() !== "");
    const { context } = this.#options;
    const where = context === undefined ? "of the current context" : `of the context ${word(context)}`;
    return new EnvironmentFailure(
      `kubectl ${what}: ${visible(line.trim(), DETAIL_MAX)}; check the cluster ${where}, and the rights of its user`,
    );
  }

  async #run(command: readonly string[], input = ""): Promise<Ended> {
    const { context, namespace } = this.#options;
    const place = [...(context === undefined ? [] : ["--context", context]), "--namespace", namespace];
    const args = [...command, ...place, "--request-timeout", "30s"];
    const fail = (code: string) =>
      new EnvironmentFailure(`kubectl cannot be started (${code}); install it, or deliver to a \`file\``);
    const child = startCommand(() => spawn("kubectl", args, { stdio: ["pipe", "pipe", "pipe"] }), fail);
    const output = [child.stdout, child.stderr].map(async (stream) => {
      let text = "";
      for await (const part of stream.setEncoding("utf8")) text += String(part);
      return text;
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", (error) => reject(fail(codeOf(error))));
      child.once("close", (code) => resolve(code));
    });
    // What it does not read is seen by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const [code, stdout = "", stderr = ""] = [await ended, ...(await Promise.all(output))];
    return { code, stdout, stderr };
  }
}
