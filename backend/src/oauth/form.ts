import { OAuthError } from "./oauth-error";

export const FORM = "application/x-www-form-urlencoded";

/** The parameters of a form; one without a value counts as left out, as RFC 6749, section 3.2, says. */
export type Form = ReadonlyMap<string, string>;

/** A form as it came. */
export class ReceivedForm extends Map<string, string> {
  /** The names of the parameters without a value, which only a log needs. */
  readonly empty: string[] = [];
}

/** Reads a form body. @throws OAuthError when a parameter is there twice. */
export function readForm(body: string): ReceivedForm {
  const form = new ReceivedForm();
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(body)) {
    if (seen.has(name)) throw repeated(name);
    seen.add(name);
    if (value === "") form.empty.push(name);
    else form.set(name, value);
  }
  return form;
}

/** RFC 8707, section 2, lets a client name several resources; a token of this backend is for one. */
function repeated(name: string): OAuthError {
  if (name === "resource")
    return new OAuthError("invalid_target", "resource appears more than once; a token is for one API");
  return new OAuthError("invalid_request", "a parameter appears more than once");
}

/** The token that a request asks about. @throws OAuthError without one. */
export function presentedToken(form: Form): string {
  const token = form.get("token");
  if (token === undefined) throw new OAuthError("invalid_request", "token is missing");
  return token;
}
