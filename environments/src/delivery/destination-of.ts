import type { Delivery } from "../file/delivery";
import { CommandInput } from "./command-input";
import type { Destination } from "./destination";
import { DotenvFile } from "./dotenv-file";

/** The destination of a delivery; files and commands are relative to the folder of the program. */
export function destinationOf({ dotenv, stdin }: Delivery, folder: string): Destination {
  if (dotenv !== undefined) return new DotenvFile({ folder, ...dotenv });
  if (stdin !== undefined) return new CommandInput({ folder, ...stdin });
  throw new Error("a delivery without a destination");
}
