import type { DescribedRoute } from "./described-route";
import { rawRequest, type WorstRequest } from "./worst-request";

/** Node.js refuses a head of more than 16 KiB. */
const HEAD = 15_000;
/** A little less than the largest bodies. */
const JSON_BYTES = 256 * 1_024 - 200;
const FORM_BYTES = 16_200;
const VALUES = 1_990;

/** Where requests of a route go: `PATCH /v1/projects/web/clients/xpc_…`. */
interface Target {
  readonly call: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Requests of a route that break its schema, each as large as a request can be. */
export function brokenRequests({ query, body }: DescribedRoute, target: Target): WorstRequest[] {
  const { call, headers } = target;
  const bodies =
    body === null ? [] : Object.entries(body.type === "application/json" ? jsons(body.fields) : forms(body.fields));
  return [
    ...brokenHeads(query, target),
    ...bodies.map(([title, text]) => ({
      title,
      make: () => rawRequest(call, { headers, ...(body !== null && { type: body.type }), body: text }),
    })),
  ];
}

function brokenHeads(query: readonly string[], { call, headers }: Target): WorstRequest[] {
  const long = { x: "x".repeat(HEAD), escaped: "%F0%9F%98%80".repeat(HEAD / 12), commas: '"1",'.repeat(HEAD / 4) };
  const addresses = {
    "a long path": `${call}/${long.x}`,
    "a path of many parts": `${call}${"/a".repeat(HEAD / 2)}`,
    "a long escaped path": `${call}/${long.escaped}`,
    "a query of many parameters": `${call}?${"a=1&".repeat(HEAD / 4)}`,
    "a query of many names": `${call}?${Array.from({ length: HEAD / 6 }, (_, index) => index).join("&")}`,
    ...Object.fromEntries(
      [...query, "unknown"].flatMap((name) =>
        [...Object.entries(long), ["permissions", "list:".repeat(HEAD / 5)] as const].map(([title, value]) => [
          `${name} of ${title}`,
          `${call}?${name}=${value}`,
        ]),
      ),
    ),
  };
  const heads = {
    "a long token": { ...headers, authorization: `Bearer ${long.x}` },
    "a long secret": { ...headers, authorization: `Basic ${long.x}` },
    "a token behind many spaces": { ...headers, authorization: `Bearer${" ".repeat(HEAD)}x y` },
    "many tags": { ...headers, "if-match": long.commas },
    "many headers": {
      ...headers,
      ...Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`h${index}`, "1"])),
    },
  };
  return [
    ...Object.entries(addresses).map(([title, address]) => ({ title, make: () => rawRequest(address, { headers }) })),
    ...Object.entries(heads).map(([title, all]) => ({ title, make: () => rawRequest(call, { headers: all }) })),
  ];
}

const fill = (text: string, bytes: number) => text.repeat(Math.floor(bytes / Buffer.byteLength(text)));

function jsons(fields: readonly string[]): Record<string, string | Buffer> {
  const many = (value: string) => Array<string>(VALUES).fill(fill(value, 100));
  const labels = (value: string) =>
    Object.fromEntries(many("k").map((key, index) => [`${index}${key.slice(0, 50)}`, value]));
  const values: Record<string, string> = {
    "a long text": quoted(fill("x", JSON_BYTES)),
    "characters of four bytes": quoted(fill("\u{1F600}", JSON_BYTES)),
    "characters with marks": quoted(fill("s\u0323\u0307", JSON_BYTES)),
    "marks alone": quoted(`a${fill("\u0301", JSON_BYTES)}`),
    spaces: quoted(`${fill(" ", JSON_BYTES)}x`),
    "escaped control characters": `"${fill("\\u0001", JSON_BYTES)}"`,
    "invisible characters": quoted(fill("\u200b", JSON_BYTES)),
    "begins of keys": quoted(fill("-----BEGIN ", JSON_BYTES)),
    "many texts": JSON.stringify(many("list:profil")),
    "500 texts": JSON.stringify(
      many("list:profil")
        .slice(0, 500)
        .map((text) => text.repeat(4)),
    ),
    "many short texts": JSON.stringify(many("a").map((_, index) => `list:profil${index}`)),
    "many numbers": `[${Array(VALUES).fill(1).join(",")}]`,
    "many labels": JSON.stringify(labels("x")),
    "ten long texts": JSON.stringify(
      Object.fromEntries(Object.entries(labels("-----BEGIN CERTIFICATE-----\n".repeat(800))).slice(0, 10)),
    ),
    "many levels": `${"[".repeat(VALUES)}${"]".repeat(VALUES)}`,
    "a long number": fill("1", JSON_BYTES),
  };
  const each = fields.flatMap((field) =>
    Object.entries(values).map(([title, value]) => [`${field}: ${title}`, `{"${field}":${value}}`] as const),
  );
  return {
    ...Object.fromEntries(each),
    "many unknown fields": JSON.stringify(labels("x")),
    "a long unknown field": `{${quoted(fill("x", JSON_BYTES))}:1}`,
    "bytes that are not UTF-8": Buffer.alloc(JSON_BYTES, 0xff),
    "begins of values": fill("[", JSON_BYTES),
    "a text without an end": `"${fill("\\\\", JSON_BYTES)}`,
  };
}

function quoted(text: string): string {
  return `"${text}"`;
}

function forms(fields: readonly string[]): Record<string, string | Buffer> {
  const values = {
    "a long text": fill("x", FORM_BYTES),
    spaces: fill("a+", FORM_BYTES),
    "escaped characters": fill("%F0%9F%98%80", FORM_BYTES),
    permissions: fill("list:profil+", FORM_BYTES),
    dots: fill("a.", FORM_BYTES),
    "levels of JSON": `${Buffer.from("[".repeat(6_000)).toString("base64url")}.${Buffer.from("[".repeat(6_000)).toString("base64url")}.`,
  };
  const numbers = Array.from({ length: FORM_BYTES / 6 }, (_, index) => index);
  const each = fields.flatMap((field) =>
    Object.entries(values).map(([title, value]) => [`${field}: ${title}`, `${field}=${value}`] as const),
  );
  return {
    ...Object.fromEntries(each),
    "many parameters": numbers.map((index) => `${index}=`).join("&"),
    "many repeated parameters": fill("a&", FORM_BYTES),
    "bytes that are not UTF-8": Buffer.alloc(FORM_BYTES, 0xff),
  };
}
