const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Lifetime of an access token. */
export const TOKEN_LIFETIME_MS = 10 * MINUTE;
/** How long a key signs before the next one is made. */
const KEY_LIFETIME_MS = 90 * 24 * HOUR;
/** How long a new key is in the JWKS before it signs, so that caches have the key before they meet its tokens. */
const ANNOUNCEMENT_MS = HOUR;
/** How much longer than its last token an old key stays, for clocks that disagree. */
const CLOCK_MARGIN_MS = HOUR;

export interface KeyTimes {
  readonly kid: string;
  /** When it starts to sign. */
  readonly activeTime: Date;
}

export interface KeyPlan {
  /** The key that signs now; null when there is none at all. */
  readonly signing: string | null;
  /** The keys whose last token has expired, to be deleted. */
  readonly expired: readonly string[];
  /** When the key to make now starts to sign; null when none is due. */
  readonly nextActiveTime: Date | null;
}

/** Plans what to do with the signing keys at a moment; the caller does it. */
export function planKeys(keys: readonly KeyTimes[], now: Date): KeyPlan {
  const newestFirst = [...keys].sort((a, b) => b.activeTime.getTime() - a.activeTime.getTime());
  const signingIndex = newestFirst.findIndex((key) => key.activeTime <= now);
  const signing = newestFirst[signingIndex] ?? newestFirst.at(-1) ?? null;
  return {
    signing: signing?.kid ?? null,
    expired: expiredKeys(newestFirst, now),
    nextActiveTime: nextActiveTime(newestFirst, now),
  };
}

function nextActiveTime([newest]: readonly KeyTimes[], now: Date): Date | null {
  if (newest === undefined) return now;
  if (newest.activeTime.getTime() + KEY_LIFETIME_MS > now.getTime()) return null;
  return new Date(now.getTime() + ANNOUNCEMENT_MS);
}

// A key signs until its successor starts to; its last token expires one token lifetime later.
function expiredKeys(newestFirst: readonly KeyTimes[], now: Date): readonly string[] {
  const keep = TOKEN_LIFETIME_MS + CLOCK_MARGIN_MS;
  return newestFirst.flatMap((key, index) => {
    const successor = newestFirst[index - 1];
    return successor !== undefined && successor.activeTime.getTime() + keep <= now.getTime() ? [key.kid] : [];
  });
}
