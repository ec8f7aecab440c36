import assert from "node:assert/strict";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { makeGrantedClient, postForm, tokenForm } from "../../support/backend/oauth";

describe("parameters that the token endpoint does not know", () => {
  let backend: TestBackend;
  let lines: string[];

  beforeEach(async () => {
    lines = [];
    backend = await startTestBackend({ log: { level: "warn", stream: { write: (line) => void lines.push(line) } } });
  });
  afterEach(() => backend.close());

  const logged = () => lines.map((line) => JSON.parse(line)).filter(({ parameters }) => parameters !== undefined);

  it("are ignored, and logged once for each client", async () => {
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const other = await makeGrantedClient(backend, ["list:profile"]);
    const url = `${backend.endpoint}/api/oauth/token`;

    const answers = [
      await postForm(url, `${tokenForm(client)}&scope[a]=list:campaign`),
      await postForm(url, `${tokenForm(client)}&scope[a]=list:campaign&Scope=x&scope[]=`),
      await postForm(url, `${tokenForm(other)}&scope[a]=list:campaign`),
    ];

    assert.deepEqual(
      answers.map(({ status, body }) => [status, body["scope"]]),
      Array(3).fill([200, "list:profile"]),
    );
    assert.deepEqual(
      logged().map((line) => [line.client, line.parameters]),
      [
        [client.id, ["scope[a]"]],
        [client.id, ["Scope", "scope[]"]],
        [other.id, ["scope[a]"]],
      ],
    );
  });

  it("are logged with a limit, not for strangers, and not when they may be a secret", async () => {
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const url = `${backend.endpoint}/api/oauth/token`;
    await postForm(url, `${tokenForm({ ...client, secret: "guess" })}&scoep=x`);
    await postForm(url, `${tokenForm(client)}&${client.secret}=x&%0aforged=x`);
    for (let index = 0; index < 20; index += 1) await postForm(url, `${tokenForm(client)}&p${index}=x&q${index}=x`);

    const names = logged().flatMap(({ parameters }) => parameters);

    assert.deepEqual(names, ["(a name that is not shown)", "p0", "q0", "p1", "q1"]);
    assert.equal(lines.join("").includes(client.secret), false);
  });
});
