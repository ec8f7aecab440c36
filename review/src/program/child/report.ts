import { z } from "zod";

const at = z.string().nullable();

/** What the preloaded code observed. */
export const Report = z.discriminatedUnion("kind", [
  /** The program read an encrypted value as a plain one. */
  z.object({ kind: z.literal("secret"), key: z.string(), at }),
  /** It awaited an unknown value. */
  z.object({ kind: z.literal("awaited"), at }),
  /** A callback that may declare something was not called, because its value is unknown. */
  z.object({ kind: z.literal("skipped"), at }),
  /** It asked whether this is a preview. */
  z.object({ kind: z.literal("dry-run"), at }),
  /** It uses a copy of @pulumi/pulumi that is not watched. */
  z.object({ kind: z.literal("unwatched"), at }),
  /** It invoked a function of a provider and got an empty result. */
  z.object({ kind: z.literal("invoke"), token: z.string(), at }),
  /** It tried to connect to another machine. */
  z.object({ kind: z.literal("connection"), to: z.string(), at }),
  /** It exited by itself. */
  z.object({ kind: z.literal("exit"), at }),
  z.object({ kind: z.literal("failure"), message: z.string(), at }),
]);
export type Report = z.output<typeof Report>;
