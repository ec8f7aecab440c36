import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Server } from "node:https";
import path from "node:path";
import { createSecureContext } from "node:tls";
import { quoted } from "xtremepush-access/text";
import type { GatewayFile } from "../file/gateway-file";
import { readText, type Surroundings } from "../file/secret-source";
import { refusal } from "../gateway-failure";
import type { Followed } from "./follow-files";

/** The certificate of the gateway's own TLS and its key, PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** The certificate of `listen.tls`, which follows its files. */
export class Certificate {
  readonly #files: TlsPair;
  #pair: TlsPair;
  #parsed: X509Certificate;

  private constructor(files: TlsPair) {
    this.#files = files;
    this.#pair = read(files);
    this.#parsed = check(this.#pair, files);
  }

  /** Null without TLS. @throws GatewayFailure that names the file that cannot be used, and why */
  static of({ listen: { tls } }: GatewayFile, { folder }: Surroundings): Certificate | null {
    if (tls === undefined) return null;
    return new Certificate({ cert: path.resolve(folder, tls.cert), key: path.resolve(folder, tls.key) });
  }

  get pair(): TlsPair {
    return this.#pair;
  }

  /** From when to when it is valid, in milliseconds since 1970. */
  get validity(): { readonly from: number; readonly to: number } {
    return { from: Date.parse(this.#parsed.validFrom), to: Date.parse(this.#parsed.validTo) };
  }

  /** Gives a server what replaces the files from now on; connections that are open keep theirs. */
  followedBy(server: Pick<Server, "setSecureContext">): Followed {
    const look = () => {
      if (!this.#refresh()) return null;
      server.setSecureContext({ ...this.#pair, minVersion: MIN_VERSION });
      return { validTo: new Date(this.validity.to).toISOString() };
    };
    return { name: "certificate", files: [this.#files.cert, this.#files.key], look };
  }

  #refresh(): boolean {
    const pair = read(this.#files);
    // To check it again each time would cost milliseconds of every call's time.
    if (pair.cert === this.#pair.cert && pair.key === this.#pair.key) return false;
    this.#parsed = check(pair, this.#files);
    this.#pair = pair;
    return true;
  }
}

/** The oldest version of TLS that is spoken. */
export const MIN_VERSION = "TLSv1.2" as const;

function read({ cert, key }: TlsPair): TlsPair {
  return { cert: readText(cert, "listen.tls.cert"), key: readText(key, "listen.tls.key") };
}

/** Parses the certificate of a pair that can be used. OpenSSL's own words do not say which file is meant. */
function check({ cert, key }: TlsPair, { cert: certFile, key: keyFile }: TlsPair): X509Certificate {
  const parsed = attempt(() => new X509Certificate(cert));
  if (parsed === null) {
    throw refusal(
      `listen.tls.cert: the file ${quoted(certFile)} holds no certificate that can be read; it must be PEM`,
    );
  }
  const privateKey = attempt(() => createPrivateKey(key));
  if (privateKey === null) {
    const why = /ENCRYPTED/.test(key) ? "is encrypted with a passphrase: write it without one, with mode 0600" : NO_KEY;
    throw refusal(`listen.tls.key: the file ${quoted(keyFile)} ${why}`);
  }
  if (!parsed.checkPrivateKey(privateKey)) {
    throw refusal(
      `listen.tls.key: the key in ${quoted(keyFile)} is not that of the certificate in ${quoted(certFile)}`,
    );
  }
  // Reads all of the file, where X509Certificate reads only the first certificate.
  if (attempt(() => createSecureContext({ cert, key, minVersion: MIN_VERSION })) === null) {
    throw refusal(
      `listen.tls.cert: the chain in ${quoted(certFile)} cannot be used; each certificate must be whole PEM`,
    );
  }
  return parsed;
}

const NO_KEY = "holds no private key that can be read; it must be PEM";

function attempt<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch {
    return null;
  }
}
