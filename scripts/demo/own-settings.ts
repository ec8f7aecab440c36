/** Keeps what the person who runs this has set for other backends, databases and stacks out of it. */
export function forgetOwnSettings(): void {
  for (const name of Object.keys(process.env)) {
    if (/^(PULUMI_|XTREMEPUSH_|DATABASE_URL$|PG)/.test(name)) delete process.env[name];
  }
}
