import { type Permission, select } from "xtremepush-access";
import { GATEWAY } from "./gateway";
import { BACKEND, OPERATIONS } from "./operators";
import type { Place } from "./place";
import type { Chapter } from "./plan";

/** The guide that packs the packages and installs them; the other guides begin with what it has installed. */
export const FIRST = "README.md";

const ID = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

/**
 * What the test does not do as a guide says, and what a guide takes for granted, each with its reason. A guide that is not
 * here is followed as written in a folder with the README's program, a backend and a stack.
 */
export const CHAPTERS: Readonly<Record<string, Chapter>> = {
  [FIRST]: {
    begins: "nothing",
    given: async (place) => {
      // The clone is this repository, whose neighbours are not the test's.
      place.call("../access-packages", place.beside("access-packages"));
      place.call("../my-access", place.folder);
    },
    notes: [
      {
        block: "npm run demo",
        reason: "test/scripts/demo.test.ts runs the demo, and .ci/run begins with npm ci",
        skip: true,
      },
      { block: "read -rs PULUMI_CONFIG_PASSPHRASE", reason: "a person types it", input: "a passphrase\n" },
      {
        block: "CRM sync (xpc_…): +list:profile",
        reason: "the change comes after the deployment, which the README describes below",
        shownBy: async (place) => {
          change(place, "permissions.import.profile", "permissions.list.profile");
          await place.run("npx pulumi preview");
        },
      },
      { block: "~ permissions: {", reason: "the same change in full", shownBy: "npx pulumi preview --diff" },
      {
        block: "new AccessClient({",
        reason: "a part of a program; test/docs/code-blocks.test.ts compiles it",
        skip: true,
      },
    ],
  },
  "docs/backend.md": BACKEND,
  "docs/operations.md": OPERATIONS,
  "docs/guides/adopt-a-client.md": {
    given: async (place) => {
      await madeByHand(place, { description: "Nightly import", secretVersion: 3 }, ["list:segment"]);
    },
    notes: [
      {
        block: "cannot be adopted because it differs",
        reason: "the text says what is left out",
        before: async (place) => {
          const program = place.read("index.ts");
          change(place, '  description: "Nightly import",\n  secretVersion: 3,\n', "");
          await place.run("pulumi preview", { fails: true });
          place.write("index.ts", program);
        },
      },
      {
        block: "pulumi state delete",
        reason: "the text says to remove both from the code first",
        before: async (place) => place.write("index.ts", ""),
      },
    ],
  },
  "docs/guides/after-a-crash.md": {
    given: async (place) => {
      await place.run("timeout --signal KILL 3 pulumi up --yes || true");
    },
  },
  "docs/guides/behind-your-own-proxy.md": {
    notes: ["vendorClient:", "forwardAuth:"].map((block) => ({
      block,
      reason: "a part of a file; test/gateway/front-proxies.test.ts runs the files of deploy/gateway",
      skip: true,
    })),
  },
  "docs/guides/connect-a-client.md": {
    given: async (place) => {
      const secret = await madeByHand(place, {}, ["list:profile"]);
      place.call("CLIENT_SECRET=...", `CLIENT_SECRET=${secret}`);
    },
    notes: [
      "oauth4webapi",
      "openid-client",
      "requests.post",
      "AssertionSession",
      "package main",
      "class Nimbus",
      "class Spring",
    ].map((block) => ({ block, reason: "npm run test:clients runs it with its library", skip: true })),
  },
  "docs/guides/delete-and-undo.md": {
    given: async (place) => {
      await madeByHand(place, {}, ["list:segment"]);
      await place.admin().clients.delete("acme", place.here(ID), { ifMatch: 1 });
    },
  },
  "docs/guides/environments.md": {
    notes: [
      "# yaml-language-server",
      "xtremepush:endpoint: https",
      "export XTREMEPUSH_TOKEN=…",
      "Broadens access:",
      "diff staging production\n",
      "list:profile must never be in production\"'",
      "up pr-12",
      "reap --yes    #",
      "gh pr list --limit 1000 --json number --jq '.[].number' |",
      "is being changed by ci",
      "Left behind, because",
      "command: [gh, secret",
      "  current  client",
      '--rotate "CRM sync"',
      "Rotated:",
    ].map((block) => ({
      block,
      reason:
        "test/engine/environments.test.ts and reaped-environments.test.ts run the commands; this test does not follow the guide yet",
      skip: true,
    })),
  },
  "docs/guides/export-a-project.md": {
    given: async (place) => {
      const { access } = await place.editor("ana of acme");
      const { id } = await access.clients.create("acme", { name: "Reporting dashboard", secretVersion: 2 });
      const permissions = select({ access: "read", maxRisk: "low" });
      await access.grants.put("acme", id, { permissions }, { ifMatch: 0 });
      await madeByHand(place, { description: "Keeps profiles in step with the CRM" }, [
        "list:segment",
        "info:task",
        "import:profile",
      ]);
      await place.run("rm index.ts Pulumi.yaml");
    },
    notes: [
      {
        block: "read -rs XTREMEPUSH_TOKEN",
        reason: "a person types it",
        before: async (place) => place.call("an actor's token", (await place.editor("exporter")).token),
        input: "an actor's token\n",
      },
      { block: "const reportingDashboard", reason: "the export has written it", shows: "access/index.ts" },
    ],
  },
  "docs/guides/from-flat-to-component.md": {
    notes: [
      { block: "new ScopeGrant(", reason: "the text says that it has been deployed", after: "pulumi up" },
      {
        block: 'the name "CRM sync" is taken by client',
        reason: "the text says how the flat client is called",
        before: async (place) => {
          const component = place.read("index.ts");
          await place.run("pulumi destroy --yes");
          place.write("index.ts", FLAT);
          await place.run("pulumi up --yes");
          place.write("index.ts", component);
          await place.run("pulumi up --yes --skip-preview", { fails: true });
        },
      },
      { block: "{ aliases }", reason: "the update above asks for it", after: "pulumi up" },
    ],
  },
  "docs/guides/large-stacks.md": {
    notes: [
      { block: "PULUMI_SKIP_CHECKPOINTS", reason: "the variables are for this command", after: "pulumi up" },
      { block: "nodeargs", reason: "a part of a Pulumi.yaml, for a machine with little memory", skip: true },
    ],
  },
  "docs/guides/other-package-managers.md": {
    notes: ['"resolutions"', "overrides:", "nodeLinker", "Cannot find module"].map((block) => ({
      block,
      reason: "npm run test:trees installs these trees",
      skip: true,
    })),
  },
  "docs/guides/policy-packs.md": {
    notes: ["validateResourceOfType", "accessPolicies"].map((block) => ({
      block,
      reason:
        "test/provider/policies.test.ts and test/review run it; a language host that was built here has no policy packs",
      skip: true,
    })),
  },
  "docs/guides/public-keys.md": {
    notes: [
      {
        block: "pulumi stack output clientId",
        reason: "the next blocks name the client by its ID",
        after: async (place) => place.call(ID, place.printed.trim().split("\n").at(-1) ?? ""),
      },
    ],
  },
  "docs/guides/least-privilege.md": {
    notes: [
      {
        block: "git apply",
        reason:
          "nothing here is granted or counted for 90 days; test/review/cli/unused.test.ts does it with such a backend",
        skip: true,
      },
      { block: "not written:", reason: "the output of that block, which the same test compares", skip: true },
    ],
  },
  "docs/guides/put-the-gateway-in-front.md": GATEWAY,
  "docs/guides/rename-a-client.md": {
    notes: [
      {
        block: "export const crm",
        reason: "the text says to change the name of a client that is deployed",
        after: async (place) => {
          await place.run("pulumi up --yes");
          change(place, '"CRM sync"', '"CRM"');
        },
      },
    ],
  },
  "docs/guides/review-access-in-pull-requests.md": {
    notes: [
      "Broadens access:",
      "Narrows access:",
      "npm install --save-dev",
      "lock --stack prod",
      "version: 1",
      "name: access-deploy",
    ].map((block) => ({
      block,
      reason: "test/review/guide.test.ts follows this guide in a git repository, with GitHub's workflows",
      skip: true,
    })),
  },
  "docs/guides/rotate-a-secret.md": {
    given: async (place) => {
      await place.run("pulumi up --yes");
    },
    notes: [{ block: "new Integration(", reason: "the program of the guide before", after: "pulumi up" }],
  },
  "docs/guides/pipeline-identity.md": {
    notes: [
      { block: "id-token: write", reason: "a part of a workflow, which runs at GitHub", skip: true },
      { block: "id_tokens:", reason: "a part of a job, which runs at GitLab", skip: true },
      {
        block: "whoami --explain",
        reason: "only a job has an ID token; test/environments/run/whoami.test.ts does it with an issuer of its own",
        skip: true,
      },
      { block: "for deploy, environment must be", reason: "the same test compares it", skip: true },
    ],
  },
  "docs/guides/several-teams.md": {
    given: async (place) => {
      const id = await clientOf(place, "another team's", "team-b/urn:pulumi:prod::crm::ApiClient::crm");
      const grant = {
        permissions: ["list:segment"],
        managedBy: "team-b/urn:pulumi:prod::crm::ScopeGrant::crm",
      } as const;
      await place.admin().grants.put("acme", id, grant, { ifMatch: 0 });
      const program = place.read("index.ts");
      place.write("index.ts", GRANT.replace("CLIENT", id));
      await place.run("pulumi preview", { fails: true });
      place.write("index.ts", program);
    },
    notes: [
      {
        block: "actor create pipeline-a",
        reason: "the text says that an admin makes it",
        before: "export XTREMEPUSH_TOKEN=$(cat .xtremepush-access/admin-token)",
      },
    ],
  },
  "docs/guides/somebody-else-changed-it.md": {
    given: async (place) => {
      place.write("index.ts", CRM);
      await place.run("pulumi up --yes");
      const [client] = (await place.admin().clients.list("acme")).items;
      const [ben, ana] = [await place.editor("ben of acme"), await place.editor("ana of acme")];
      const id = client?.id ?? "";
      await ben.access.grants.put("acme", id, { permissions: ["list:segment", "delete:list"] }, { ifMatch: 1 });
      await ana.access.grants.put("acme", id, { permissions: ["delete:list"] }, { ifMatch: 2 });
      change(place, '"list:segment"', '"list:segment", "info:task"');
      await place.run("pulumi up --yes", { fails: true });
    },
    notes: [
      {
        block: "already has permissions, set by",
        reason: "the text describes a client that was made by hand",
        before: async (place) => {
          const { access } = await place.editor("ana of acme");
          const { id } = await access.clients.create("acme", { name: "made by hand" });
          await access.grants.put("acme", id, { permissions: ["export:segment"] }, { ifMatch: 0 });
          place.write("index.ts", GRANT.replace("CLIENT", id));
          await place.run("pulumi preview", { fails: true });
        },
      },
    ],
  },
};

const CRM = `import { ApiClient, ScopeGrant } from "pulumi-xtremepush";

const crm = new ApiClient("crm", { name: "CRM sync" });
new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });
`;

const FLAT = CRM.replaceAll('("crm"', '("crm-client"').replace("list:segment", "import:profile");

const GRANT = `import { ScopeGrant } from "pulumi-xtremepush";

new ScopeGrant("crm", { client: "CLIENT", permissions: ["info:task"] });
`;

interface HandMade {
  readonly description?: string;
  readonly secretVersion?: number;
}

/** Makes the client that a guide calls by an ID of letters, as the person `ana of acme`; returns its secret. */
async function madeByHand(place: Place, more: HandMade, permissions: readonly Permission[]): Promise<string> {
  const { access } = await place.editor("ana of acme");
  const { id, clientSecret } = await access.clients.create("acme", { name: "CRM sync", ...more });
  await access.grants.put("acme", id, { permissions }, { ifMatch: 0 });
  place.call(ID, id);
  return clientSecret ?? "";
}

/** Makes a client of another program; returns its ID. */
async function clientOf(place: Place, name: string, managedBy: string): Promise<string> {
  const { id } = await place.admin().clients.create("acme", { name, managedBy });
  return id;
}

/** Changes a line of the program. */
function change(place: Place, before: string, after: string): void {
  const program = place.read("index.ts");
  if (!program.includes(before)) throw new Error(`index.ts does not hold ${before}`);
  place.write("index.ts", program.replace(before, after));
}
