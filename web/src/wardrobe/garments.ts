/** Garments of the signed-in user, and reading a chart. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, client, isFinal, Problem, readJob, type Job, type Schemas } from "../api";

export type Garment = Schemas["GarmentView"];
export type GarmentUpdate = Partial<Schemas["GarmentUpdate"]>;
export type GarmentWanted = Partial<Schemas["GarmentWanted"]> & { picture_keys: string[] };
export type ReadChart = Schemas["SizeChartOutcome"];

export function chartState(garment: Garment): "none" | "open" | "confirmed" {
  return garment.chart === null ? "none" : garment.chart_confirmed ? "confirmed" : "open";
}

const GARMENTS = ["garments"] as const;
const garmentKey = (id: string) => ["garment", id] as const;

export function useGarments(enabled: boolean) {
  return useInfiniteQuery({
    queryKey: GARMENTS,
    enabled,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      answer(client.GET("/garments", { params: { query: { limit: 24, ...(pageParam ? { cursor: pageParam } : {}) } } })) as Promise<{
        items: Garment[];
        next_cursor: string | null;
      }>,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useGarment(id: string | null) {
  return useQuery({
    queryKey: garmentKey(id ?? ""),
    queryFn: () => answer(client.GET("/garments/{garment_id}", { params: { path: { garment_id: id as string } } })) as Promise<Garment>,
    enabled: id !== null,
  });
}

export function useAddGarment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (wanted: GarmentWanted) => answer(client.POST("/garments", { body: wanted as Schemas["GarmentWanted"] })),
    onSuccess: (made) => {
      queries.setQueryData(garmentKey(made.id), made);
      return queries.invalidateQueries({ queryKey: GARMENTS });
    },
  });
}

export function useChangeGarment(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: GarmentUpdate) =>
      answer(client.PUT("/garments/{garment_id}", { params: { path: { garment_id: id } }, body: change as Schemas["GarmentUpdate"] })),
    onSuccess: (changed) => {
      queries.setQueryData(garmentKey(id), changed);
      void queries.invalidateQueries({ queryKey: GARMENTS });
      queries.removeQueries({ queryKey: ["fit", id] });
    },
  });
}

export function useRemoveGarment() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => answer(client.DELETE("/garments/{garment_id}", { params: { path: { garment_id: id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: GARMENTS }),
  });
}

/** The charts in a picture or a text. Throws Problem with the reader's own words where there is none. */
export async function readChart(source: { key: string } | { text: string }): Promise<ReadChart> {
  const params = { header: { prefer: "wait=30" } };
  const html = "text" in source && /<t(able|r|d)\b/i.test(source.text);
  const body = html ? { html: source.text } : source;
  return (await ended(await answer(client.POST("/jobs/size_chart", { body, params })))) as ReadChart;
}

/** The result of a quick job, waited for where it took longer than one answer may. */
export async function ended(job: Job | Schemas["JobAccepted"]): Promise<unknown> {
  let seen = "result" in job ? job : await readJob(job.job_id);
  while (!isFinal(seen.status)) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    seen = await readJob(seen.job_id);
  }
  if (seen.status !== "completed") throw new Problem(422, seen.error?.code ?? seen.status, seen.error?.message ?? seen.status);
  return seen.result;
}
