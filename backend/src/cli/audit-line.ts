import type { AuditEvent } from "xtremepush-access";
import { quoted, visible, visibleValue } from "xtremepush-access/text";
import { plainTime } from "./plain-time";

type Fields = Readonly<Record<string, unknown>>;

/** Writes a change of a known client as one line: when, who, what, and the difference. */
export function auditLine(event: AuditEvent): string {
  return [plainTime(event.time), visible(event.actor.name), visible(event.action), ...auditChanges(event)].join("  ");
}

/** Writes a change as one line that also names what changed. */
export function auditTrailLine(event: AuditEvent): string {
  const { project, name, id } = event.target;
  const target = [...(project === null ? [] : [visible(project)]), name === null ? visible(id) : quoted(name)].join(
    "/",
  );
  const head = [plainTime(event.time), visible(event.actor.name), visible(event.action), target];
  return [...head, ...auditChanges(event)].join("  ");
}

/** The difference that a change made, a text for each field and each permission. */
export function auditChanges(event: AuditEvent): readonly string[] {
  const before: Fields = event.before ?? {};
  const after: Fields = event.after ?? {};
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return fields.flatMap((field) => fieldChanges(field, before[field], after[field]));
}

function fieldChanges(field: string, before: unknown, after: unknown): readonly string[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (field === "permissions") return permissionChanges(setOf(before), setOf(after));
  if (isRecord(before) && isRecord(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => fieldChanges(`${field}.${key}`, before[key], after[key]));
  }
  if (before === undefined || before === null) return [`${visible(field)}: ${formatValue(after)}`];
  return [`${visible(field)}: ${formatValue(before)} -> ${formatValue(after)}`];
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function permissionChanges(before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] {
  return [
    ...[...after].filter((permission) => !before.has(permission)).map((permission) => `+${visible(permission)}`),
    ...[...before].filter((permission) => !after.has(permission)).map((permission) => `-${visible(permission)}`),
  ];
}

function setOf(permissions: unknown): ReadonlySet<string> {
  return new Set(Array.isArray(permissions) ? permissions.map(String) : []);
}

function formatValue(value: unknown): string {
  return value === undefined || value === null ? "none" : visibleValue(value);
}
