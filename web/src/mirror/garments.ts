/** What can be worn in the mirror: samples that are cut out already, and the user's own cut-outs. */
import { useSession, useVtons, type GarmentPart } from "../api";
import { storedAnchors, type Anchors } from "../clean/anchors";
import { text } from "../text";
import { namedApart } from "./names";
import { SAMPLE_ANCHORS } from "./sampleAnchors";

export interface WornGarment {
  id: string;
  name: string;
  part: GarmentPart;
  anchors: Anchors;
  /** A sample's cut-out, the same for its button, and the picture both came from; or an object key. */
  source: { sample: string; cutout: string; small: string } | { key: string };
}

const sample = (name: keyof typeof SAMPLE_ANCHORS, part: GarmentPart): WornGarment => ({
  id: name,
  name: text.samples[`garments/${name}.jpg`],
  part,
  anchors: SAMPLE_ANCHORS[name],
  source: { sample: `garments/${name}.jpg`, cutout: `/cutouts/${name}.webp`, small: `/cutouts/small/${name}.webp` },
});

export const SAMPLE_GARMENTS: WornGarment[] = [
  sample("tshirt", "upper"),
  sample("striped", "upper"),
  sample("dress", "overall"),
];

/** Samples first, then what the user had cut out. */
export function useGarments(): WornGarment[] {
  const session = useSession();
  const vtons = useVtons(session.data != null);
  const own = new Map<string, WornGarment>();
  for (const vton of vtons.data?.pages.flatMap((page) => page.items) ?? []) {
    const key = vton.cleaned_outfit_s3;
    if (!key || own.has(key)) continue;
    const cut = vton.jobs.find((job) => job.result_s3_key === key);
    const anchors = storedAnchors(key) ?? (cut?.anchors as Anchors | null | undefined);
    const part = cut?.garment ?? "upper";
    if (anchors) own.set(key, { id: key, name: vton.title ?? text.clean.title, part, anchors, source: { key } });
  }
  return namedApart([...SAMPLE_GARMENTS, ...own.values()]);
}
