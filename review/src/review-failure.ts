/** Why a review cannot be made, in one sentence for people: where, what, and what to do. */
export class ReviewFailure extends Error {
  override readonly name = "ReviewFailure";
}
