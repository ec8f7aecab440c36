import type { Effect } from "../model/access-diff";
import { markerOf } from "./body";
import type { Comment, Comments } from "./github";

/** What became of the comment. */
export type CommentChange = "created" | "updated" | "unchanged" | "left out" | "left to a newer commit";

export interface StickyOptions {
  /** The set of stacks that the comment is about: each set has a comment of its own. */
  readonly set: string;
  /** Whose comments are ours; others may hold the same marker. */
  readonly author: string;
  /** Comments only on a change that broadens access, or that cannot be determined; a comment that is there is kept up to date. */
  readonly onlyWhenBroadens: boolean;
  /**
   * Whether what is said is still about the pull request's last commit; asked before each write, because another one may
   * have been reviewed, and commented on, meanwhile. @default it is
   */
  readonly isCurrent?: () => Promise<boolean>;
}

const BROADENING: readonly Effect[] = ["unknown", "broadened", "credentials-changed", "created"];

/** Puts one comment on a pull request, and edits it in place from then on. */
export async function stick(
  comments: Comments,
  { verdict, body }: { verdict: Effect; body: string },
  options: StickyOptions,
): Promise<CommentChange> {
  const [first, ...doubles] = await findOwn(comments, options);
  const { isCurrent = async () => true } = options;
  if (first === undefined) {
    if (options.onlyWhenBroadens && !BROADENING.includes(verdict)) return "left out";
    if (!(await isCurrent())) return "left to a newer commit";
    await comments.create(body);
    await removeDoubles(comments, options);
    return "created";
  }
  for (const { id } of doubles) await comments.remove(id);
  if (first.body.trimEnd() === body.trimEnd()) return "unchanged";
  if (!(await isCurrent())) return "left to a newer commit";
  await comments.update(first.id, body);
  return "updated";
}

/** Our comments of the set, the oldest first. */
async function findOwn(comments: Comments, { set, author }: StickyOptions): Promise<Comment[]> {
  const marker = markerOf(set);
  const found = await comments.list();
  return found
    .filter((comment) => comment.author === author && comment.body.startsWith(marker))
    .sort((a, b) => a.id - b.id);
}

/** Two runs at once may each have found none: the older comment stays. */
async function removeDoubles(comments: Comments, options: StickyOptions): Promise<void> {
  const [, ...doubles] = await findOwn(comments, options);
  for (const { id } of doubles) await comments.remove(id);
}
