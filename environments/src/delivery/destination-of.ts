import type { Delivery } from "../file/delivery";
import { CommandInput } from "./command-input";
import type { Destination } from "./destination";
import { DotenvFile } from "./dotenv-file";
import { ClusterSecret } from "./kubernetes/cluster-secret";
import { KubernetesSecret } from "./kubernetes/kubernetes-secret";
import { ManifestFile } from "./kubernetes/manifest-file";
import { GitHubSecrets } from "./services/github-secrets";
import { GitLabVariables } from "./services/gitlab-variables";
import { SURROUNDINGS } from "./services/surroundings";
import { VaultSecret } from "./services/vault-secret";

/** The destination of a delivery; files and commands are relative to the folder of the program. */
export function destinationOf(delivery: Delivery, folder: string): Destination {
  const { dotenv, stdin, kubernetes, github, gitlab, vault } = delivery;
  if (dotenv !== undefined) return new DotenvFile({ folder, ...dotenv });
  if (stdin !== undefined) return new CommandInput({ folder, ...stdin });
  if (kubernetes !== undefined) {
    const { file } = kubernetes;
    return new KubernetesSecret(
      kubernetes,
      file === undefined ? new ClusterSecret(kubernetes) : new ManifestFile(folder, file),
    );
  }
  if (github !== undefined) return new GitHubSecrets(github, SURROUNDINGS);
  if (gitlab !== undefined) return new GitLabVariables(gitlab, SURROUNDINGS);
  if (vault !== undefined) return new VaultSecret(vault, SURROUNDINGS);
  throw new Error("a delivery without a destination");
}
