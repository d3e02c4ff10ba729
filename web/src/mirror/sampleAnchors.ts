/** Where the samples' cut-outs hang. The tailor made public/cutouts, and these points with them. */
import type { Anchors } from "../clean/anchors";

export const SAMPLE_ANCHORS = {
  tshirt: [[0.764, 0.055], [0.236, 0.055], [0.764, 0.98], [0.236, 0.98]],
  striped: [[0.735, 0.085], [0.265, 0.085], [0.735, 0.98], [0.265, 0.98]],
  dress: [[0.791, 0.033], [0.209, 0.033], [0.955, 0.98], [0.074, 0.98]],
} satisfies Record<string, Anchors>;
