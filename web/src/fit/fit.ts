/** Asking which size of a garment fits the signed-in user. */
import { useQuery } from "@tanstack/react-query";

import { answer, client, type Schemas } from "../api";
import { ended } from "../wardrobe/garments";

export type Advice = Schemas["FitOutcome"];
export type Section = Schemas["FitSection"];
export type Preference = "close" | "regular" | "loose";

/** Anew whenever the garment or the measures are other ones. */
export function useFit(garment: Schemas["GarmentView"] | undefined, body: Schemas["BodyView"] | undefined, preference: Preference) {
  return useQuery({
    queryKey: ["fit", garment?.id, garment?.updated_at, told(body), preference],
    enabled: garment != null && told(body) !== "",
    gcTime: 0,
    staleTime: Infinity,
    queryFn: async () => {
      const asked = { garment_id: garment?.id ?? null, body: "me" as const, preference };
      const job = await answer(client.POST("/jobs/fit", { body: asked, params: { header: { prefer: "wait=30" } } }));
      return (await ended(job)) as Advice;
    },
  });
}

/** When each measure was told: no measure itself is part of a key. */
export function told(body: Schemas["BodyView"] | undefined): string {
  return Object.values(body ?? {})
    .flatMap((measure) => (measure ? [measure.at] : []))
    .join();
}
