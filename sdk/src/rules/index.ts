export * from "./client-secrets";
export * from "./secret-end";
export * from "./secret-rotation";
