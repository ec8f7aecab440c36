/** What the command lines of this project share: one version of commander, and how they print. */
export { Command, CommanderError, InvalidArgumentError, Option } from "commander";
export { throwInsteadOfExit } from "./command-errors";
export { print, surviveFailedWrites } from "./print";
