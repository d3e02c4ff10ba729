/** Where the samples' cut-outs hang. The tailor made public/cutouts, and these points with them. */
import type { Anchors } from "../clean/anchors";

export const SAMPLE_ANCHORS = {
  tshirt: [[0.81, 0.078], [0.192, 0.078], [0.81, 0.98], [0.192, 0.98]],
  striped: [[0.735, 0.085], [0.265, 0.085], [0.735, 0.98], [0.265, 0.98]],
  dress: [[0.749, 0.043], [0.252, 0.043], [0.961, 0.98], [0.041, 0.98]],
} satisfies Record<string, Anchors>;
