import { AccessClient, isPermission } from "xtremepush-access";
import { enforce } from "./enforce";
import { countLines, diffLines, outcomeLines } from "./excerpt";
import { BACKEND, type Scene } from "./scene";
import { useEnvironment } from "./short-lived";
import { PROJECT } from "./stage";

export interface Step {
  readonly title: string;
  readonly play: (scene: Scene) => Promise<void>;
}

/** The steps of the demo, in order; each one needs those before it. */
export const STEPS: readonly Step[] = [
  {
    title: "A program declares two integrations; `pulumi up` creates their clients and permissions.",
    play: create,
  },
  {
    title: "The new client gets an access token, which carries exactly the granted permissions.",
    play: getToken,
  },
  { title: "The program replaces a permission; the preview shows what a reviewer needs to know.", play: change },
  { title: "Ana gives the client another permission by hand; `pulumi refresh` finds it.", play: drift },
  {
    title: "`pulumi up` removes the permission that the program does not declare; the backend recorded who did what.",
    play: repair,
  },
  {
    title: "A gateway holds the vendor's app token: it lets through what the grant has now, and denies the rest.",
    play: enforce,
  },
  {
    title: "A pull request gets an environment: one command makes it, one takes it down, and no access is left.",
    play: useEnvironment,
  },
  { title: "`pulumi destroy` deletes everything again.", play: destroy },
];

async function create({ screen, stage, stack }: Scene): Promise<void> {
  screen.command(`${BACKEND} project create ${PROJECT}`);
  screen.output(await stage.command("project", "create", PROJECT));
  screen.command("pulumi up --yes --skip-preview");
  screen.output(outcomeLines(await stack.succeed("up", "--yes", "--skip-preview")));
}

async function getToken({ screen, stage, stack }: Scene): Promise<void> {
  screen.command("pulumi stack output clientSecret --show-secrets");
  const clientId = await stack.succeed("stack", "output", "clientId");
  const clientSecret = await stack.succeed("stack", "output", "clientSecret", "--show-secrets");
  screen.output("(not shown here; it is encrypted in the state)");
  screen.code("const { access_token } = await access.oauth.token({ clientId, clientSecret });");
  const access = new AccessClient({ endpoint: stage.backend.endpoint });
  const { access_token } = await access.oauth.token({ clientId: clientId.trim(), clientSecret: clientSecret.trim() });
  screen.output("(not shown either; it is signed, valid for ten minutes, and says:)");
  screen.output(claimLines(access_token));
}

/**
 * The claims of the token. A service that relies on them must also verify its signature with the backend's public keys.
 */
function claimLines(token: string): string {
  const [, payload = ""] = token.split(".");
  const claims: Record<string, unknown> = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  return ["client_id", "xtremepush_project", "scope"].map((name) => `${name}: ${claims[name]}`).join("\n");
}

async function change({ screen, stage, stack }: Scene): Promise<void> {
  const [before, after] = ["permissions.import.profile", "permissions.list.profile"];
  screen.command(`sed -i.bak 's/${before}/${after}/' examples/quickstart/index.ts`);
  await stage.edit(stack, before, after);
  screen.command("pulumi preview --diff");
  screen.output(diffLines(await stack.succeed("preview", "--diff")));
  screen.command("pulumi up --yes --skip-preview");
  screen.output(countLines(await stack.succeed("up", "--yes", "--skip-preview")));
}

async function drift({ screen, stage, stack }: Scene): Promise<void> {
  screen.command(`${BACKEND} actor create ana --role editor --project ${PROJECT}`);
  const token = await stage.command("actor", "create", "ana", "--role", "editor", "--project", PROJECT);
  screen.output("(her token, not shown here)");
  const client = (await stack.succeed("stack", "output", "clientId")).trim();
  screen.code('const live = await ana.grants.get("acme", client);');
  screen.code('const permissions = [...live.permissions.filter(isPermission), "export:segment"] as const;');
  screen.code('await ana.grants.put("acme", client, { permissions }, { ifMatch: live.revision });');
  await tickExportSegment(new AccessClient({ endpoint: stage.backend.endpoint, token: token.trim() }), client);
  screen.command("pulumi refresh --yes --skip-preview --diff");
  screen.output(diffLines(await stack.succeed("refresh", "--yes", "--skip-preview", "--diff")));
}

async function tickExportSegment(ana: AccessClient, client: string): Promise<void> {
  const live = await ana.grants.get(PROJECT, client);
  const permissions = [...live.permissions.filter(isPermission), "export:segment"] as const;
  await ana.grants.put(PROJECT, client, { permissions }, { ifMatch: live.revision });
}

async function repair({ screen, stage, stack }: Scene): Promise<void> {
  screen.command("pulumi up --yes --skip-preview --diff");
  screen.output(diffLines(await stack.succeed("up", "--yes", "--skip-preview", "--diff")));
  screen.command(`${BACKEND} client audit "CRM sync"`);
  screen.output(await stage.command("client", "audit", "CRM sync"));
}

async function destroy({ screen, stack }: Scene): Promise<void> {
  screen.command("pulumi destroy --yes --skip-preview");
  screen.output(outcomeLines(await stack.succeed("destroy", "--yes", "--skip-preview")));
}
