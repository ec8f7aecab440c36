export * from "./catalog";
export * from "./client";
export * from "./schemas";
