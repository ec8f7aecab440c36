import { z } from "zod";
import { Review } from "../model/review";
import { visibleJson } from "./visible";

/** Writes a review as JSON, as `reviewSchema` describes it. */
export function writeJson(review: Review): string {
  return visibleJson(review);
}

/** Writes the JSON Schema (2020-12) of the JSON output. */
export function reviewSchema(): string {
  return visibleJson({ title: "A review of API access", ...z.toJSONSchema(Review) });
}
