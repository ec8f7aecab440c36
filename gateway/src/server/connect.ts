import type { Clock } from "../clock";
import type { GatewayFile, ProjectEntry } from "../file/gateway-file";
import type { Secret, Secrets } from "../file/secret-source";
import { refusal } from "../gateway-failure";
import { AppToken, type Credential, VendorClient } from "../upstream/credential";
import { poolOf, Upstream } from "../upstream/upstream";

interface Surrounded {
  readonly file: GatewayFile;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** Makes what the calls of a project go through. @throws GatewayFailure for a secret that cannot be used. */
export function connect(name: string, entry: ProjectEntry, { file, secrets, clock }: Surrounded) {
  const { origin, pathname } = new URL(entry.upstream);
  const where = `projects.${name}`;
  // Looked up before the pool is made: a pool without its credential would be left open.
  const secret = secretOf(entry, where, secrets);
  const pool = poolOf(origin, file.limits);
  const { vendorClient } = entry;
  const credential: Credential =
    vendorClient === undefined ? new AppToken(secret) : new VendorClient(pool, { ...vendorClient, secret }, clock);
  const prefix = pathname.replace(/\/+$/, "");
  return { credential, upstream: new Upstream({ pool, prefix }, credential, file.limits) };
}

/** An app token goes into JSON and is looked for in answers. */
const APP_TOKEN_FORM = /^[^"\\]{8,512}$/;

function secretOf({ appToken: token, vendorClient }: ProjectEntry, where: string, secrets: Secrets): Secret {
  if (vendorClient !== undefined) return secrets.read(vendorClient.secret, `${where}.vendorClient.secret`);
  // The schema has checked that it is one of them.
  return secrets.read(token ?? {}, `${where}.appToken`, (text) => {
    if (APP_TOKEN_FORM.test(text)) return;
    throw refusal(`${where}.appToken: an app token has 8 to 512 characters, and neither quotes nor backslashes`);
  });
}
