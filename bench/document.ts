/** The headings of the document, in order; each run measures some of them. */
const HEADINGS = [
  "The provider on the Pulumi engine",
  "A thousand clients",
  "The process of a large program",
  "The backend under load",
  "The backend as it grows",
  "The gateway",
  "The review of a pull request",
  "An environment",
] as const;
export type Heading = (typeof HEADINGS)[number];

export type Sections = ReadonlyMap<Heading, string>;

const HEAD = `# Benchmarks

The numbers differ on another machine; the ratios should not.`;

/** The sections as one document. */
export function writeDocument(sections: Sections): string {
  const parts = HEADINGS.filter((heading) => sections.has(heading)).map(
    (heading) => `## ${heading}\n\n${sections.get(heading)}`,
  );
  return `${[HEAD, ...parts].join("\n\n")}\n`;
}

/** The sections of a document, so that a run replaces only those that it measured. */
export function readSections(document: string): Sections {
  const parts = document.split(/^## /m).slice(1);
  return new Map(
    HEADINGS.flatMap((heading) => {
      const part = parts.find((text) => text.startsWith(`${heading}\n`));
      return part === undefined ? [] : [[heading, part.slice(heading.length).trim()] as const];
    }),
  );
}
