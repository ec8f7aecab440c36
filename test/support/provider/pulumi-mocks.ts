import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** A resource as the engine would have been told of it. */
export interface RecordedResource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The URN of the resource that it ends with; empty when it ends by itself. */
  readonly deletedWith: string;
  readonly dependencies: readonly string[];
  /** Where it may have been before: a URN, that of an earlier parent, or `stack`. */
  readonly aliases: readonly string[];
}

/** An alias as the engine's protocol has it. */
interface GivenAlias {
  getUrn(): string;
  getSpec(): { getParenturn(): string } | undefined;
}

let recorded: RecordedResource[] = [];

let options: Partial<RecordedResource> = {};

// The mocks are not told of the options; the request of the engine's protocol has them.
const { registerResource } = MockMonitor.prototype;
MockMonitor.prototype.registerResource = function (request, callback) {
  const given: readonly GivenAlias[] = request.getAliasesList();
  const aliases = given.map((alias) => alias.getUrn() || alias.getSpec()?.getParenturn() || "stack");
  options = { deletedWith: request.getDeletedwith(), dependencies: request.getDependenciesList(), aliases };
  const registered = registerResource.call(this, request, callback);
  options = {};
  return registered;
};

/** Starts a test with a program that has declared nothing yet; a preview does not know the ID of a new resource. */
export async function resetRecordedResources({ isPreview = false, isNew = false } = {}): Promise<void> {
  recorded = [];
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        recorded.push({ type, name, inputs, deletedWith: "", dependencies: [], aliases: [], ...options });
        return { id: isNew ? "" : `${name}-id`, state: inputs };
      },
      call: ({ inputs }) => inputs,
    },
    "programs",
    "dev",
    isPreview,
    "acme-org",
  );
}

/** What the program has declared so far, in the order in which it was sent. */
export async function recordedResources(): Promise<readonly RecordedResource[]> {
  await pulumi.runtime.disconnect();
  return recorded;
}

/** Runs a program with a stack configuration. */
export async function withConfig(
  config: Record<string, string>,
  program: () => Promise<void>,
  secretKeys: string[] = [],
): Promise<void> {
  pulumi.runtime.setAllConfig(config, secretKeys);
  try {
    await program();
  } finally {
    pulumi.runtime.setAllConfig({});
  }
}
