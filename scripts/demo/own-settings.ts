/** Removes the user's settings for other backends, databases and stacks from the environment. */
export function forgetOwnSettings(): void {
  for (const name of Object.keys(process.env)) {
    if (/^(PULUMI_|XTREMEPUSH_|DATABASE_URL$|PG)/.test(name)) delete process.env[name];
  }
}
