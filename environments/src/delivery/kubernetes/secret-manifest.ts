import { z } from "zod";

/** What the label `app.kubernetes.io/managed-by` of a delivered Secret says. */
const MANAGER = "xtremepush-access-env";
const MANAGED_BY = "app.kubernetes.io/managed-by";

/** A Secret as it is held somewhere. */
export interface HeldSecret {
  readonly namespace: string;
  readonly name: string;
  /** The value of the label; null when nobody says that it is theirs. */
  readonly managedBy: string | null;
  /** By key, in base64. */
  readonly data: Readonly<Record<string, string>>;
  /** Counts the changes of a Secret in a cluster. */
  readonly resourceVersion: string | null;
}

const Secret = z.object({
  apiVersion: z.literal("v1"),
  kind: z.literal("Secret"),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).nullish(),
    resourceVersion: z.string().nullish(),
  }),
  data: z.record(z.string(), z.string()).nullish(),
});

/** Reads the object of a Secret; null when it is not one. */
export function readSecret(object: unknown): HeldSecret | null {
  const read = Secret.safeParse(object);
  if (!read.success) return null;
  const { metadata, data } = read.data;
  const { name, namespace, labels, resourceVersion } = metadata;
  return {
    namespace,
    name,
    managedBy: labels?.[MANAGED_BY] ?? null,
    data: data ?? {},
    resourceVersion: resourceVersion ?? null,
  };
}

export function isManaged({ managedBy }: HeldSecret): boolean {
  return managedBy === MANAGER;
}

/**
 * The object of a Secret. Its values are in base64, because a server that applies `stringData` keeps the keys that are no longer
 * there: https://github.com/kubernetes/kubernetes/issues/70281
 */
export function secretObject(secret: Omit<HeldSecret, "managedBy">): object {
  const { namespace, name, data, resourceVersion } = secret;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace,
      labels: { [MANAGED_BY]: MANAGER },
      // With it, the server refuses to apply over a change that was not seen.
      ...(resourceVersion === null ? {} : { resourceVersion }),
    },
    type: "Opaque",
    data,
  };
}
