import * as pulumi from "@pulumi/pulumi";
import { readFacts } from "./client-facts";
import { programError } from "./program-error";

type ClientWithSecret = pulumi.CustomResource & { readonly clientSecret: pulumi.Output<string | null> };

/**
 * Returns the secret of a client as a string. In a preview the secret of a new client is not known, so what the program
 * declares decides there that it will have none.
 */
export function presentSecret(client: ClientWithSecret): pulumi.Output<string> {
  const { name, secretVersion, adopt } = readFacts(client);
  const absent = () => {
    return programError(
      `${name}: the program has no secret of this client: the backend shows a secret only when it is made; add one to secretVersion, after the adoption of an adopted client, or use clientSecret, which may be null`,
    );
  };
  const isEmpty = pulumi.output(secretVersion).apply((version) => version === 0);
  const willBeEmpty = pulumi.all([isEmpty, adopts(client, adopt)]).apply((reasons) => reasons.includes(true));
  const known = willBeEmpty.apply((isAbsent) => {
    if (isAbsent) throw absent();
    return isAbsent;
  });
  return pulumi.all([client.clientSecret, known]).apply(([secret]) => {
    if (secret === null) throw absent();
    return secret;
  });
}

/** Whether this preview is of a run that adopts the client: afterwards its ID is known. */
function adopts(client: pulumi.CustomResource, adopt: pulumi.Input<string | undefined>): pulumi.Output<boolean> {
  if (!pulumi.runtime.isDryRun()) return pulumi.output(false);
  // Internal to @pulumi/pulumi; output.d.ts of 3.259.0.
  const isKnown: Promise<boolean> = Reflect.get(client.id, "isKnown");
  return pulumi.all([adopt, isKnown]).apply(([id, isManaged]) => id !== undefined && !isManaged);
}
