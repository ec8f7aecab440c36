import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseEnv } from "node:util";
import { type AccessClient, OAuthError } from "xtremepush-access";

/** The credential of an application. */
export interface Credential {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What is in each destination of an environment; null where there is nothing. */
export function readDestinations(folder: string, environment: string): readonly (Credential | null)[] {
  const [dotenv, command] = [`.env.${environment}`, `got.${environment}.json`].map((file) => path.join(folder, file));
  return [
    readWith(dotenv, (text) => {
      const { CRM_ID: clientId = "", CRM_SECRET: clientSecret = "" } = parseEnv(text);
      return { clientId, clientSecret };
    }),
    readWith(command, (text) => {
      const { clientId, clientSecret } = JSON.parse(text);
      return { clientId, clientSecret };
    }),
  ];
}

function readWith(file: string | undefined, parse: (text: string) => Credential): Credential | null {
  return file !== undefined && existsSync(file) ? parse(readFileSync(file, "utf8")) : null;
}

/** Whether a credential gets a token. */
export async function works({ oauth }: AccessClient, credential: Credential): Promise<boolean> {
  try {
    await oauth.token(credential);
    return true;
  } catch (error) {
    if (OAuthError.is(error) && error.code === "invalid_client") return false;
    throw error;
  }
}

/** Applications that read their credential from a destination before each token. */
export interface Readers {
  /** Lets those under way end; gives how many tokens there were, and what was wrong. */
  stop(): Promise<{ readonly tokens: number; readonly faults: readonly string[] }>;
}

interface ReadersOptions {
  readonly anybody: AccessClient;
  readonly folder: string;
  readonly environment: string;
}

/** A pause between two requests, so that the limit of a client's token requests is not reached. */
const PAUSE_MS = 50;

/** Starts an application for each destination. */
export function startReaders({ anybody, folder, environment }: ReadersOptions): Readers {
  const faults: string[] = [];
  let tokens = 0;
  let isOn = true;
  const read = async (index: number) => {
    while (isOn) {
      const before = readDestinations(folder, environment)[index] ?? null;
      if (before !== null && (await works(anybody, before))) tokens += 1;
      else if (before !== null) {
        // A destination that has changed meanwhile had a secret that worked until then.
        const now = readDestinations(folder, environment)[index];
        if (now?.clientSecret === before.clientSecret)
          faults.push(`the secret in destination ${index + 1} does not work`);
      }
      await wait(PAUSE_MS);
    }
  };
  const reading = Promise.all([0, 1].map(read));
  return {
    async stop() {
      isOn = false;
      await reading;
      return { tokens, faults };
    },
  };
}
