import { type Effect, givesAccess } from "../model/access-diff";
import type { Decision } from "../model/decision";
import { markerOf } from "./body";
import type { Comment, Comments } from "./github";

export type CommentChange = "created" | "updated" | "unchanged" | "skipped" | "left to a newer commit";

export interface StickyOptions {
  /** The set of stacks that the comment covers. Each set has its own comment. */
  readonly set: string;
  /** The login whose comments are edited. Other people's comments may hold the same marker. */
  readonly author: string;
  /**
   * Comments only on a change that gives access, whose effect is unknown, or about which there is something to decide. An
   * existing comment is always updated.
   */
  readonly onlyWhenBroadens: boolean;
  /**
   * Whether the review still covers the pull request's last commit. It is called before each write, because a newer
   * commit may have its comment by then. @default always
   */
  readonly isCurrent?: () => Promise<boolean>;
}

/** Posts one comment on a pull request, or edits the existing one. */
export async function stick(
  comments: Comments,
  { verdict, outcome, body }: { verdict: Effect; outcome: Decision["outcome"]; body: string },
  options: StickyOptions,
): Promise<CommentChange> {
  const [first, ...doubles] = await findOwn(comments, options);
  const { isCurrent = async () => true } = options;
  if (first === undefined) {
    if (options.onlyWhenBroadens && !givesAccess(verdict) && outcome === "nothing") return "skipped";
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

/** The author's comments for the set, oldest first. */
async function findOwn(comments: Comments, { set, author }: StickyOptions): Promise<Comment[]> {
  const marker = markerOf(set);
  const found = await comments.list();
  return found
    .filter((comment) => comment.author === author && comment.body.startsWith(marker))
    .sort((a, b) => a.id - b.id);
}

/** Two concurrent runs may both create a comment: the older one stays. */
async function removeDoubles(comments: Comments, options: StickyOptions): Promise<void> {
  const [, ...doubles] = await findOwn(comments, options);
  for (const { id } of doubles) await comments.remove(id);
}
