import * as pulumi from "@pulumi/pulumi";
import { engineText } from "./engine-text";

/** An error of the program, which Pulumi shows without a stack trace. */
export function programError(message: string): pulumi.RunError {
  return new pulumi.RunError(engineText(message));
}
