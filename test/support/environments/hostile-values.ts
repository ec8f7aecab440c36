/** Values that break what quotes, parses or measures them carelessly. */
export const HOSTILE_VALUES: Readonly<Record<string, string>> = {
  "line breaks": "line 1\nline 2\r\n",
  quotes: `"it's" \`quoted\``,
  "a dollar": `p$HOME\${X}$(id)%s\\n`,
  "a key in JSON or YAML": '{"a": "b"}\n---\n- c: &d !!binary e # f',
  unicode: "пароль 密码 👩‍💻 \u{feff}",
  "the words of YAML": "yes",
  digits: "0123456789",
  spaces: "  a  ",
  "a long text": "x".repeat(100_000),
};
