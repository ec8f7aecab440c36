// The demo needs it, too.
export * from "../../../scripts/external-api";
