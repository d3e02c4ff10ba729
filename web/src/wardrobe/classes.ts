/** Which part of the body a class of garments covers. */
import type { GarmentPart } from "../api";

const LOWER = ["trousers", "jeans", "skinny", "joggers", "leggings", "skirt_fitted", "skirt_full"];
const OVERALL = ["dress_fitted", "dress_loose", "dress_knit"];

export function partOf(garmentClass: string | null): GarmentPart {
  if (garmentClass === null) return "upper";
  return LOWER.includes(garmentClass) ? "lower" : OVERALL.includes(garmentClass) ? "overall" : "upper";
}
