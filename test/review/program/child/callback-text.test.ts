import assert from "node:assert/strict";
import { callsOthers, constructsSomething, readsOthers } from "../../../../review/src/program/child/callback-text";

/** Makes a function from its source. */
function written(text: string): object {
  return new Function(`return (${text});`)();
}

describe("the text of a callback that is not called", () => {
  for (const text of [
    "(names) => declare(names)",
    "(names) => { names.forEach(declare); }",
    "(names) => names.map(helpers.declare)",
    "(names) => names.map((name) => declare(name))",
    "(names) => (0, helper_1.declare)(names)",
    "(names) => helpers?.declare(names)",
    "(names) => helpers['declare'](names)",
    "(names) => declare?.(names)",
    `(names) => declare\`\${names}\``,
    `(names) => \`\${declare(names)}\``,
    "(names) => { const all = helpers; all.declare(names); }",
    "(names) => Array.from(names, declare)",
    "(names) => [helpers].map((helper) => helper.declare(names))",
    "(names) => /[(/]/.test(names) && declare(names)",
    "async (names) => { const { declare } = await import('./declare'); }",
    "async function (names) { await declare(names); }",
    "function (names) { this.declare(names); }",
    "(names) => { known = names; }",
    "(names) => { known.all ??= names; }",
    "(names) => { known[names] = true; }",
    "(names) => { ({ known } = names); }",
    "(names) => { count++; }",
    "(names) => { Object.assign(known, names); }",
    "(names) => JSON.stringify(names, declare)",
    "(all) => { const [tool] = [api]; if (all === 'acme') tool.declare(all); }",
    "(all) => { const tool = all === 'x' ? all : tools; if (all === 'y') tool.declare(all); }",
    "(all) => { const tool = all && tools; tool.declare(all); }",
    "(all) => { const tool = { tools }; tool.tools.declare(all); }",
    "(all) => { const { tool = tools } = all; tool.declare(all); }",
    "(all) => { const { tools: tool } = all; tools.declare(tool); }",
    "(all) => { let tool; tool = tools; tool.declare(all); }",
    "(all) => { const one = two; let two = one; two = tools; one.declare(all); }",
    "(all) => { for (const tool of [tools]) tool.declare(all); }",
    "(all) => Object.values(tools).map((tool) => tool.declare(all))",
    "(all, tool = tools) => { if (all === 'acme') tool.declare(all); }",
    "(all) => { const t = all && us; t.partner = all.name; }",
    "(all) => { const t = all.eu ? eu : us; t.partner = all.name; }",
    "(all) => { for (known of [all.list]) ; }",
    "(all) => { for (known.one in all) ; }",
    "(all) => { for (const known of all) ; ({ known: other } = all); }",
    "(all) => { const t = known; [t.all] = all; }",
  ]) {
    it(`may declare something: ${text}`, () => assert.equal(callsOthers(written(text)), true));
  }

  for (const text of [
    "(text) => text.split(',').map((part) => part.trim()).join('-')",
    "({ name }) => name?.toUpperCase() ?? prefix",
    "(is) => (is ? permissions.list.profile : permissions.list.segment)",
    "(text) => { const parts = text.split(','); for (const part of parts) if (part.includes(wanted)) return part.at(0); }",
    "(value) => String(JSON.parse(value).name) + Math.max(limit, Number(value))",
    `(value) => Object.entries(value).map(([key, one]) => \`\${key}=\${one.trim()}\`)`,
    "(text) => (text ?? '').replace(/declare(x)/g, '' /* declare(text) */)",
    "(name) => [prefix, name].length + 'declare(name)'.length",
    "function (value) { if (value) { return Buffer.from(value, 'base64').toString(); } }",
    "(value) => new Date(value).toISOString()",
    "(value) => { let all = []; all[0] = value; all.last = value; for (let i = 0; i <= 3; i++) all[i] = -i; return all; }",
    "(value) => value === 1 || value != 2 || value >= limit || value <= limit",
    "(value, { name, size = 1 } = {}) => Object.assign({}, value, { name, size })",
    "(value) => JSON.stringify({ Resource: [value, prefix] })",
    "(text) => { const name = prefix + '-' + text; return name.trim(); }",
    `(text) => { const name = \`\${prefix}-\${text}\`; return name.trim(); }`,
    "(text) => { const name = text.slice(start); return name.trim(); }",
    "(text) => { const is = text === prefix ? text : text.trim(); return is.at(0); }",
    "(text) => { const args = { name: text, tags: [] }; args.tags.push(prefix); return args.name.trim(); }",
    "(text) => { const parts = text.split('-')\n return parts.map((part) => part.trim() + prefix) }",
    "(text) => { let out = ''; for (const part of text.split(sep)) { out += prefix; out = out.trim() } return out.at(0) }",
    `(id) => { const lines = [\`HOST=\${host}\`, prefix + id, 1]; return lines.join("\\n"); }`,
    "(list, { to, in: within } = {}) => { for (const one of list) to.push(one.at(0), within?.trim()); }",
  ]) {
    it(`only computes: ${text}`, () => assert.equal(callsOthers(written(text)), false));
  }

  for (const text of [
    "(name) => lazy.all",
    "(name) => lazy?.all",
    "(name) => lazy['all']",
    "(name) => { const { all } = lazy; }",
    "(name) => { const one = lazy; return one.all; }",
    "(name) => { check(name); return [...lazy]; }",
    "(name) => ({ ...lazy, name })",
    "(name) => { for (const one of lazy) { } }",
    "(name) => { const [one] = lazy; }",
    "async (name) => { await lazy; }",
    "(name) => name instanceof lazy",
    "(name) => Object.values(lazy)",
    "(name) => JSON.stringify({ lazy, name })",
  ]) {
    it(`may read a getter: ${text}`, () => assert.equal(readsOthers(written(text)), true));
  }

  for (const text of [
    "(name) => zones[name]",
    "(name) => { const id = zones[name]; if (id === undefined) throw new Error(prefix + name); return id; }",
    "(name) => { const { all } = name; return all[0] + name['all'].at(0); }",
    "(text) => /^projects\\/(.+)$/.exec(text)[1]",
    "(...names) => { for (const name of names) { const [one, ...rest] = name.split(sep); } return [...names]; }",
    "async (name) => { const one = await name; return one instanceof Error ? Object.keys(one) : JSON.parse(name); }",
  ]) {
    it(`reads no getter: ${text}`, () => assert.equal(readsOthers(written(text)), false));
  }

  it("only computes in JavaScript's own functions, and may do anything in bound ones", () => {
    assert.equal(callsOthers(JSON.parse), false);
    assert.equal(callsOthers(String), false);
    assert.equal(callsOthers(callsOthers.bind(null)), true);
  });

  for (const text of [
    "(name) => new /* it */ ApiClient(name)",
    "(name) => new own.ApiClient(name)",
    "() => new (own())()",
  ]) {
    it(`constructs something: ${text}`, () => assert.equal(constructsSomething(written(text)), true));
  }

  for (const text of [
    "() => new Date()",
    "(text) => new pulumi.asset.StringAsset(text)",
    "(value) => value.new + ' new Date'",
  ]) {
    it(`constructs nothing of a program: ${text}`, () => assert.equal(constructsSomething(written(text)), false));
  }
});
