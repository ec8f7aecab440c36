import type * as pulumi from "@pulumi/pulumi";

/** The options of a resource that is only read: without an `id`, a program must say what it declares. */
export type ReadOptions = pulumi.CustomResourceOptions & { readonly id: pulumi.Input<pulumi.ID> };
