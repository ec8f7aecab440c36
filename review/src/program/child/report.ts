import { z } from "zod";

/** The file descriptor on which the preloaded code reports what it saw, one JSON text a line. */
export const REPORT_DESCRIPTOR = 3;

const at = z.string().nullable();

/** What the code that is loaded before a program saw it do. */
export const Report = z.discriminatedUnion("kind", [
  /** It read an encrypted value as if it were plain. */
  z.object({ kind: z.literal("secret"), key: z.string(), at }),
  /** It awaited a value that is not known. */
  z.object({ kind: z.literal("awaited"), at }),
  /** A callback that makes something was not called, because its value is not known. */
  z.object({ kind: z.literal("skipped"), at }),
  /** It asked the cloud, and went on with no answer. */
  z.object({ kind: z.literal("invoke"), token: z.string(), at }),
  /** It wanted to reach another machine. */
  z.object({ kind: z.literal("connection"), to: z.string(), at }),
  /** It ended its own process. */
  z.object({ kind: z.literal("exit"), at }),
  /** It failed. */
  z.object({ kind: z.literal("failure"), message: z.string(), at }),
]);
export type Report = z.output<typeof Report>;
