/** One series of a scrape, as `name{label="value"}`, and its value. */
export type Series = ReadonlyMap<string, number>;

/** Reads Prometheus' text format. */
export function readSeries(text: string): Series {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** The names of the metrics that a scrape describes, with those of the parts of histograms and summaries. */
export function namesIn(text: string): ReadonlySet<string> {
  const described = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    described.flatMap(([, name = "", kind]) =>
      kind === "histogram" ? ["_bucket", "_sum", "_count"].map((part) => name + part) : [name],
    ),
  );
}
