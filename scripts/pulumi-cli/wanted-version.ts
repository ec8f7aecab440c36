/** The oldest supported Pulumi CLI, and the version to download or build when there is none. */
export const PULUMI_VERSION = "3.259.0";

/** Whether a version is `wanted` or newer. Another major version is not: the Automation API refuses it. */
export function isNewEnough(version: string, wanted: string = PULUMI_VERSION): boolean {
  const found = parse(version);
  return found !== undefined && found.major === parse(wanted)?.major && compareVersions(version, wanted) >= 0;
}

/**
 * Negative when `left` is older than `right`, 0 when they are equal, else positive. Unreadable versions are the oldest.
 */
function compareVersions(left: string, right: string): number {
  const [a, b] = [parse(left) ?? OLDEST, parse(right) ?? OLDEST];
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch || Number(b.preview) - Number(a.preview);
}

interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly preview: boolean;
}

const OLDEST: Version = { major: -1, minor: 0, patch: 0, preview: true };

function parse(version: string): Version | undefined {
  const parts = /^v?(\d+)\.(\d+)(?:\.(\d+))?(-)?/.exec(version.trim());
  if (parts === null) return undefined;
  const [, major, minor, patch = "0", preview] = parts;
  return { major: Number(major), minor: Number(minor), patch: Number(patch), preview: preview !== undefined };
}
