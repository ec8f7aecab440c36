import { nameOf } from "pulumi-xtremepush/protocol";
import { type DeclaredClient, type DeclaredGrant, type EngineOptions, isUnknown } from "../model/manifest";

/** What a protected resource needs before the engine deletes or replaces it. */
export const UNPROTECT = "set protect to false and deploy that first";

/**
 * Why a client stays alive, or may, when it leaves the program; null when the engine deletes it. The engine looks at `protect`
 * first; `DeleteStep.Apply` of 3.259.0.
 */
export function whyClientStays(client: DeclaredClient, grants: readonly DeclaredGrant[]): string | null {
  const { protect } = client;
  if (isUnknown(protect)) return protect.unknown;
  if (protect) {
    const left = grants.some(({ deletedWith }) => deletedWith !== null)
      ? ", and its permissions, which no program manages then"
      : "";
    return `it is protected, so Pulumi refuses to delete it: it stays alive with its secret and keys${left}; ${UNPROTECT}`;
  }
  // A grant that is not deleted also keeps its client, on which it depends.
  const [refused] = grants.flatMap(whyRefused);
  return refused ?? whyReplacedStays(client);
}

/** Why a client stays alive, or may, when it is replaced. */
export function whyReplacedStays({ retained, deletedWith }: DeclaredClient): string | null {
  if (retained) return "it is retained: it stays alive with its secret and keys after it leaves the program";
  if (deletedWith === null) return null;
  return `it is declared as deletedWith ${nameOf(deletedWith)}: where both are deleted, it stays alive with its secret and keys, and no program manages it`;
}

/** Why the permissions of a grant stay, or may, when it leaves the program. The delete of its own client does include a grant. */
export function whyGrantStays(grants: readonly DeclaredGrant[]): string | null {
  const [refused] = grants.flatMap(whyRefused);
  if (refused !== undefined) return refused;
  if (grants.some(({ retained }) => retained)) {
    return "its grant is retained: the client keeps these permissions after the grant leaves the program";
  }
  const other = grants.find(({ deletedWith, client }) => deletedWith !== null && deletedWith !== client)?.deletedWith;
  if (other === undefined || other === null) return null;
  return `its grant is declared as deletedWith ${nameOf(other)}: where both are deleted, the client keeps these permissions`;
}

/** Whether a client that stays keeps the permissions of a grant that leaves the program with it, or may. */
export function staysWithClient({ retained, deletedWith, protect }: EngineOptions): boolean {
  return retained || deletedWith !== null || protect !== false;
}

function whyRefused({ protect }: DeclaredGrant): string[] {
  if (isUnknown(protect)) return [`of its grant, ${protect.unknown}`];
  if (!protect) return [];
  return [`its grant is protected, so Pulumi refuses to delete it: the client keeps these permissions; ${UNPROTECT}`];
}
