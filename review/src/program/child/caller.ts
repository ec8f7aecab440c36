import path from "node:path";
import { isOfProduct } from "./call-stack";

/** Whether a file belongs to @pulumi/pulumi. */
export function isOfSdk(file: string): boolean {
  return /[\\/]@pulumi[\\/]pulumi[\\/]/.test(file);
}

/** Whether a file belongs to the review. */
export function isOfReview(file: string): boolean {
  return file.startsWith(__dirname + path.sep);
}

/** Pulumi's own packages and the watched ones declare no client or grant with a value that is not known. */
export function isTrusted(file: string): boolean {
  return /[\\/]node_modules[\\/]@pulumi[\\/]/.test(file) || isOfSdk(file) || isOfProduct(file);
}
