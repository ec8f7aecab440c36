/** Every refusal: its stable code, HTTP status and title. */
export const REFUSALS = {
  invalid_request: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "A valid access token is required" },
  permission_denied: { status: 403, title: "The permission is not granted" },
  insufficient_scope: { status: 403, title: "The access token does not carry the permission" },
  endpoint_unmatched: { status: 403, title: "No permission is known for the endpoint" },
  project_not_served: { status: 403, title: "The gateway does not serve the project" },
  route_not_found: { status: 404, title: "Address not found" },
  method_not_allowed: { status: 405, title: "The address does not support this method" },
  payload_too_large: { status: 413, title: "The request is too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  internal: { status: 500, title: "The gateway failed" },
  upstream_failed: { status: 502, title: "The External API did not answer as it should" },
  upstream_unreachable: { status: 502, title: "The External API cannot be reached" },
  unavailable: { status: 503, title: "The gateway cannot decide now" },
  busy: { status: 503, title: "Too many requests are under way" },
  upstream_timeout: { status: 504, title: "The External API did not answer in time" },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;
export type RefusalCode = keyof typeof REFUSALS;

/** What an answer says besides, as members of the problem. */
export type RefusalFacts = Readonly<Record<string, unknown>>;

/** Why a call is not let through, or could not be. */
export class Refusal {
  readonly code: RefusalCode;
  /** What failed, on what, and what to do. */
  readonly detail: string;
  readonly facts: RefusalFacts;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: RefusalCode,
    detail: string,
    extras: { readonly facts?: RefusalFacts; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    this.code = code;
    this.detail = detail;
    this.facts = extras.facts ?? {};
    this.headers = extras.headers ?? {};
  }

  get status(): number {
    return REFUSALS[this.code].status;
  }
}
