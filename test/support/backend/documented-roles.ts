import { Client } from "pg";
import { fencedBlock } from "../docs/fenced-block";
import { runCommand } from "./command-line";

const PASSWORD = "test";

export type Role = "access_owner" | "access_serve" | "access_backup";

/** A server with the roles and the tables of docs/backend.md and docs/operations.md, made by the statements that they print. */
export interface DocumentedRoles {
  /** The address of a database for a role; `access` by default. */
  urlOf(role: Role, database?: string): string;
}

/** Runs the statements of the documents, in their order, on a server without a database `access`. */
export async function makeDocumentedRoles(superuserUrl: string): Promise<DocumentedRoles> {
  const urlOf = (role: Role, database = "access") => {
    const address = new URL(superuserUrl);
    [address.username, address.password, address.pathname] = [role, PASSWORD, database];
    return address.href;
  };
  await run(superuserUrl, fencedBlock("docs/backend.md", "sql", "create role access_owner"));
  const { code, stderr } = await runCommand(["admin", "migrate"], { env: { DATABASE_URL: urlOf("access_owner") } });
  if (code !== 0) throw new Error(`the tables could not be made: ${stderr}`);
  await run(urlOf("access_owner"), fencedBlock("docs/backend.md", "sql", "to access_serve"));
  await run(superuserUrl, fencedBlock("docs/operations.md", "sql", "create role access_backup"));
  await run(urlOf("access_owner"), fencedBlock("docs/operations.md", "sql", "to access_backup"));
  await run(superuserUrl, fencedBlock("docs/operations.md", "sql", "alter role access_serve"));
  return { urlOf };
}

/** Statement by statement, because `create database` runs in no transaction. */
async function run(url: string, statements: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const each = statements.replaceAll("'…'", `'${PASSWORD}'`).split(/;\s*\n/);
  for (const statement of each.filter((text) => text.trim() !== "")) await client.query(statement);
  await client.end();
}
