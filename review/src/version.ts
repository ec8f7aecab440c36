/** The version of this package; a test compares it with package.json. */
export const VERSION = "0.1.0";

/** The first version of @pulumi/pulumi whose outputs of an invoke can be unknown; a test compares it with package.json. */
export const PULUMI_SDK_MIN = "3.257.0";
