import type * as pulumi from "@pulumi/pulumi";

/** The options of a resource that is only read. They require an `id`; without one, a program must pass arguments. */
export type ReadOptions = pulumi.CustomResourceOptions & { readonly id: pulumi.Input<pulumi.ID> };
