import { type EnvironmentFailure, refusal } from "../../environment-failure";

/** The variables of a process. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A token, and where it comes from in messages: `the token in GITHUB_TOKEN`. */
export interface Token {
  readonly text: string;
  readonly origin: string;
}

/** Reads a token from a variable; null when it is not set. @throws EnvironmentFailure when it is not a token. */
export function tokenIn(variable: string, variables: Variables): Token | null {
  const text = variables[variable];
  return text === undefined || text === "" ? null : checkedToken({ text, origin: `the token in ${variable}` });
}

/** @throws EnvironmentFailure for what no header can carry. */
export function checkedToken(token: Token): Token {
  if (/^[\x21-\x7e]+$/.test(token.text)) return token;
  throw refusal(`${token.origin} has a space, a line break or another character that no token has; copy it again`);
}

/** The refusal of a delivery whose token is not set. */
export function missingToken(service: string, variable: string): EnvironmentFailure {
  return refusal(`no token for ${service} is set; set ${variable}`);
}
