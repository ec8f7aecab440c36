// Generated from the tables beside it by `npm run generate`; do not edit.

import { freeze } from "./freeze";
import type { Permission } from "./permissions";

/**
 * Every permission by scope and object, for completion in the editor.
 *
 * @example
 * ```ts
 * permissions.list.profileAttribute; // "list:profile-attribute"
 * ```
 */
export const permissions = freeze({
  /** Create */
  create: {
    /** Create a campaign, automated or sent at once (high risk: can message end users at once) */
    campaign: "create:campaign",
    /** Create a segment (low risk) */
    segment: "create:segment",
    /** Create a user list (low risk) */
    list: "create:list",
    /** Create a tag or an attribute (low risk) */
    tag: "create:tag",
  },
  /** Batch create */
  batchCreate: {
    /** Create many tags or attributes in one call (low risk) */
    tag: "batch-create:tag",
  },
  /** Update */
  update: {
    /** Change an existing campaign (high risk: changes what end users receive) */
    campaign: "update:campaign",
    /** Change an existing segment (medium risk: changes who is messaged) */
    segment: "update:segment",
    /** Change an existing user list (medium risk: changes who is messaged) */
    list: "update:list",
  },
  /** Delete */
  delete: {
    /** Delete a segment (high risk: cannot be undone) */
    segment: "delete:segment",
    /** Delete a user list (high risk: cannot be undone) */
    list: "delete:list",
  },
  /** List */
  list: {
    /** List campaigns (low risk) */
    campaign: "list:campaign",
    /** List devices of the app (high risk: personal data in bulk) */
    device: "list:device",
    /** List user profiles (high risk: personal data in bulk) */
    profile: "list:profile",
    /** List segments (low risk) */
    segment: "list:segment",
    /** List user lists (low risk) */
    list: "list:list",
    /** List the items of user lists (high risk: personal data in bulk) */
    listItem: "list:list-item",
    /** List push actions by campaign (low risk) */
    push: "list:push",
    /** List push actions sent to single devices or profiles (high risk: personal data in bulk) */
    pushDevice: "list:push-device",
    /** List subscription statuses of profiles (high risk: personal data in bulk) */
    profileSubscription: "list:profile-subscription",
    /** List attribute values of profiles (high risk: personal data in bulk) */
    profileAttribute: "list:profile-attribute",
    /** List consent preferences of a profile (medium risk: personal data) */
    consentPreference: "list:consent-preference",
    /** List tags seen in the project (low risk) */
    tag: "list:tag",
    /** List devices that hit tags (high risk: personal data in bulk) */
    tagHit: "list:tag-hit",
    /** List attributes held for users or devices (high risk: personal data in bulk) */
    attribute: "list:attribute",
    /** List background tasks (low risk) */
    task: "list:task",
    /** List promotions synced from bonus engines (low risk) */
    promotion: "list:promotion",
    /** List one-time-password history (high risk: authentication records in bulk) */
    otpHistory: "list:otp-history",
  },
  /** Info */
  info: {
    /** Read one campaign (low risk) */
    campaign: "info:campaign",
    /** Read one device (medium risk: personal data) */
    device: "info:device",
    /** Read one user profile (medium risk: personal data) */
    profile: "info:profile",
    /** Read one segment (low risk) */
    segment: "info:segment",
    /** Read one user list (low risk) */
    list: "info:list",
    /** Read one background data task (import, deletion) (low risk) */
    task: "info:task",
    /** Read one push action (low risk) */
    push: "info:push",
    /** Read one-time-password log records (high risk: authentication records) */
    otpHistory: "info:otp-history",
  },
  /** Send */
  send: {
    /** Send one campaign (high risk: messages end users) */
    campaign: "send:campaign",
  },
  /** Execute */
  execute: {
    /** Execute an API-triggered campaign (high risk: messages end users) */
    campaign: "execute:campaign",
  },
  /** Start */
  start: {
    /** Start a paused or stopped campaign (high risk: messages end users) */
    campaign: "start:campaign",
  },
  /** Stop */
  stop: {
    /** Stop an active campaign (medium risk: interrupts live messaging) */
    campaign: "stop:campaign",
  },
  /** Schedule */
  schedule: {
    /** Schedule a campaign (high risk: messages end users later) */
    campaign: "schedule:campaign",
  },
  /** Expire Inbox */
  expireInbox: {
    /** Expire a whole live inbox campaign (medium risk: withdraws live messages) */
    campaign: "expire-inbox:campaign",
  },
  /** Remove Inbox */
  removeInbox: {
    /** Remove an inbox message already sent (medium risk: withdraws live messages) */
    campaign: "remove-inbox:campaign",
  },
  /** Cancel Journey */
  cancelJourney: {
    /** End a multi-stage journey for a user or a list (medium risk: interrupts live messaging) */
    campaign: "cancel-journey:campaign",
  },
  /** Tag */
  tag: {
    /** Hit one tag or set one attribute (medium risk: writes personal data) */
    hit: "tag:hit",
    /** Hit tags or set attributes in batch (medium risk: writes personal data) */
    batchHit: "tag:batch-hit",
  },
  /** Event */
  event: {
    /** Send one realtime event (high risk: writes personal data and consent, and can trigger campaigns) */
    hit: "event:hit",
    /** Send realtime events in batch (high risk: writes personal data and consent, and can trigger campaigns) */
    batchHit: "event:batch-hit",
  },
  /** Import */
  import: {
    /** Create user profiles and set their attributes (high risk: writes personal data in bulk) */
    profile: "import:profile",
    /** Import or update the values of a user list (high risk: writes personal data in bulk and changes who is messaged) */
    list: "import:list",
    /** Add or remove recipients of a suppression list (critical risk: can undo an opt-out) */
    suppression: "import:suppression",
  },
  /** Export */
  export: {
    /** Start a background export of a segment's devices or profiles (critical risk: takes personal data out in bulk) */
    segment: "export:segment",
  },
  /** Analytics */
  analytics: {
    /** New users in a period (low risk) */
    newUsers: "analytics:new-users",
    /** Total sessions in a period (low risk) */
    totalSessions: "analytics:total-sessions",
    /** Unique sessions in a period (low risk) */
    uniqueSessions: "analytics:unique-sessions",
    /** Total session time in a period, in seconds (low risk) */
    totalSessionTime: "analytics:total-session-time",
    /** Average session time in a period, in seconds (low risk) */
    averageSessionTime: "analytics:average-session-time",
    /** New users and the four session figures in one call (low risk) */
    summary: "analytics:summary",
    /** Statistics of all or of named campaigns (low risk) */
    campaignStatistics: "analytics:campaign-statistics",
    /** Location entries in a period (low risk) */
    locationEntries: "analytics:location-entries",
  },
  /** Download File */
  downloadFile: {
    /** Download a file by its id (critical risk: reaches exported personal data) */
    file: "download-file:file",
  },
  /** Integration Actions */
  integrationActions: {
    /** Create and send a one-time password (high risk: authenticates end users) */
    otpGenerate: "integration-actions:otp-generate",
    /** Send a one-time password of your own (high risk: authenticates end users) */
    otpExecute: "integration-actions:otp-execute",
    /** Check a one-time password (medium risk: uses up attempts to authenticate an end user) */
    otpVerify: "integration-actions:otp-verify",
    /** Subscribe a customer to live sports updates (high risk: messages end users) */
    sportsSubscribe: "integration-actions:sports-subscribe",
    /** End a customer's live sports updates (medium risk: changes who is messaged) */
    sportsUnsubscribe: "integration-actions:sports-unsubscribe",
  },
  /** Data Actions */
  dataActions: {
    /** Delete all personal data of a profile and of its devices (critical risk: cannot be undone) */
    deleteProfile: "data-actions:delete-profile",
    /** Delete the personal data of a device (critical risk: cannot be undone) */
    deleteDevice: "data-actions:delete-device",
  },
} as const satisfies Record<string, Record<string, Permission>>);
