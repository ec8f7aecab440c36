import { freeze } from "./freeze";

/** The headings that group the scopes on the settings page. */
export const GROUPS = freeze({
  common: "Common",
  campaign: "Campaign",
  hit: "Hit",
  other: "Other",
});
export type Group = keyof typeof GROUPS;

/** The scopes of the settings page, in its order, each with the vendor's label and its group. */
export const SCOPES = freeze({
  create: { label: "Create", group: "common" },
  "batch-create": { label: "Batch create", group: "common" },
  update: { label: "Update", group: "common" },
  delete: { label: "Delete", group: "common" },
  list: { label: "List", group: "common" },
  info: { label: "Info", group: "common" },
  send: { label: "Send", group: "campaign" },
  execute: { label: "Execute", group: "campaign" },
  start: { label: "Start", group: "campaign" },
  stop: { label: "Stop", group: "campaign" },
  schedule: { label: "Schedule", group: "campaign" },
  "expire-inbox": { label: "Expire Inbox", group: "campaign" },
  "remove-inbox": { label: "Remove Inbox", group: "campaign" },
  "cancel-journey": { label: "Cancel Journey", group: "campaign" },
  tag: { label: "Tag", group: "hit" },
  event: { label: "Event", group: "hit" },
  import: { label: "Import", group: "other" },
  export: { label: "Export", group: "other" },
  analytics: { label: "Analytics", group: "other" },
  "download-file": { label: "Download File", group: "other" },
  "integration-actions": { label: "Integration Actions", group: "other" },
  "data-actions": { label: "Data Actions", group: "other" },
} as const satisfies Record<string, { label: string; group: Group }>);

export type Scope = keyof typeof SCOPES;
