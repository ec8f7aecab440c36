import { type Command, Option } from "commander";
import { type Permission, RISKS, type Risk, type Role, select } from "xtremepush-access";
import { ROLES } from "xtremepush-access/schemas";
import { endTime } from "./duration";
import { collectPermissions } from "./permission";

/** What an actor may do, as its options say. */
export interface BoundsOptions {
  readonly role: Role;
  readonly project?: string[];
  readonly ownerPrefix?: string;
  readonly ceiling?: readonly Permission[];
  readonly ceilingRisk?: Risk;
  readonly expires?: string;
}

/** Adds the options of what an actor may do. */
export function addBounds(command: Command): Command {
  return command
    .addOption(new Option("--role <role>", "what it may do").choices(ROLES).makeOptionMandatory())
    .option("--project <slug...>", "the projects that it sees; for a gateway, a viewer or an editor")
    .option("--owner-prefix <prefix>", "an editor changes only what has an owner that begins with it, as in team-a/")
    .option(
      "--ceiling <id...>",
      "the only permissions that it may cause anybody to have (default: all)",
      collectPermissions,
    )
    .addOption(
      new Option("--ceiling-risk <risk>", "a ceiling of all permissions that have at most this risk today")
        .choices(RISKS)
        .conflicts("ceiling"),
    )
    .option("--expires <time>", "when its token ends: 90d, 12h, or a date (default: never)", (text) => endTime(text));
}

/** What an actor may do, as the API takes it. */
export function boundsOf({ role, project, ownerPrefix, ceiling, ceilingRisk, expires }: BoundsOptions) {
  const most = ceilingRisk === undefined ? ceiling : select({ maxRisk: ceilingRisk });
  return {
    role,
    ...(project !== undefined && { projects: project }),
    ...(ownerPrefix !== undefined && { ownerPrefix }),
    ...(most !== undefined && { ceiling: most }),
    ...(expires !== undefined && { expiresTime: expires }),
  };
}
