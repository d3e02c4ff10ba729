/** Try-ons and cut-outs: asking for them and following them. */
import { useInfiniteQuery, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { isFinal, newKey } from "proteus-client";

import { answer, client, type GarmentPart, type Job, type JobEvent, type TryOnOptions, type Vton } from "./client";
import { useSocketUp } from "./live";

/** Milliseconds in which parts of a page that show the same do not ask again; events and their end still do. */
const FRESH = 3000;

export const VTONS = ["vtons"] as const;
export const vtonKey = (id: string) => ["vton", id] as const;
export const jobKey = (id: string) => ["job", id] as const;
export { isFinal };

export interface Wanted {
  personKey: string;
  garmentKey: string;
  /** Of a VTON made before, whose cut-out is to be used. */
  vtonId?: string;
  /** Of the wardrobe, whose picture `garmentKey` is. */
  garmentId?: string;
  title?: string;
  options?: TryOnOptions;
}

/** Make a VTON of two uploaded pictures, or of one and a garment of the wardrobe. */
export function makeVton(personKey: string, garmentKey: string, title?: string, garmentId?: string): Promise<Vton> {
  return answer(
    client.POST("/vton", {
      body: { user_snap_s3: personKey, ...(garmentId ? { garment_id: garmentId } : { uncleaned_outfit_s3: garmentKey }), ...(title ? { title } : {}) },
    }),
  );
}

/** Queue a try-on; the job as it is then. A repeat of the same call, after a lost answer, queues nothing twice. */
export async function startTryOn(wanted: Wanted): Promise<Job> {
  const vtonId = wanted.vtonId ?? (await makeVton(wanted.personKey, wanted.garmentKey, wanted.title, wanted.garmentId)).id;
  const header = { "idempotency-key": newKey() };
  const body = {
    vton_id: vtonId,
    user_snap_s3: wanted.personKey,
    uncleaned_outfit_s3: wanted.garmentKey,
    options: {
      garment: "upper" as const,
      clean: false,
      lane: "standard" as const,
      photo_type: "auto" as const,
      own_pixels: true,
      ...wanted.options,
    },
  };
  const { job_id } = await answer(client.POST("/jobs/weaver", { body, params: { header } }));
  return readJob(job_id);
}

/** Queue a cut-out of the garment. */
export async function startTailor(vtonId: string, garmentKey: string, garment: GarmentPart): Promise<Job> {
  const body = { vton_id: vtonId, uncleaned_outfit_s3: garmentKey, garment };
  const { job_id } = await answer(client.POST("/jobs/tailor", { body }));
  return readJob(job_id);
}

export function readJob(id: string): Promise<Job> {
  return answer(client.GET("/jobs/{job_id}", { params: { path: { job_id: id } } }));
}

export function cancelJob(id: string): Promise<Job> {
  return answer(client.DELETE("/jobs/{job_id}", { params: { path: { job_id: id } } }));
}

/**
 * Show a job as it was answered, unless more is known of it. One that goes on is asked for once more when it is shown:
 * an event may have come before there was a place for it.
 */
export function keepJob(queries: QueryClient, job: Job): void {
  const kept = queries.setQueryData<Job>(jobKey(job.job_id), (known) => known ?? job);
  if (kept && !isFinal(kept.status)) void queries.invalidateQueries({ queryKey: jobKey(job.job_id) });
}

/** A job that is followed: events move it and tell its place; looks now and then do so only while the socket is down. */
export function useJob(id: string | null) {
  const up = useSocketUp();
  return useQuery({
    queryKey: jobKey(id ?? ""),
    queryFn: () => readJob(id as string),
    enabled: id !== null,
    staleTime: FRESH,
    refetchInterval: (query) => {
      const job = query.state.data;
      if (job && isFinal(job.status)) return false;
      return up ? false : 2000;
    },
  });
}

const askForVton = (id: string) => client.GET("/vton/{vton_id}", { params: { path: { vton_id: id } } });

/** A try-on that was asked for while its page was still being made ready; whoever wants it first takes the answer. */
let early: { id: string; vton: ReturnType<typeof askForVton> } | null = null;

export function askEarly(id: string): void {
  early = { id, vton: askForVton(id) };
  early.vton.catch(() => undefined); // it is told to whoever takes it
}

/** One try-on; its jobs come with it, and need not be asked for once more before they are shown. */
export function useVton(id: string | null) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: vtonKey(id ?? ""),
    queryFn: async () => {
      const asked = early?.id === id ? early.vton : askForVton(id as string);
      early = null;
      const vton = await answer(asked);
      for (const job of vton.jobs) keepJob(queries, job);
      return vton;
    },
    staleTime: FRESH,
    enabled: id !== null,
  });
}

/** Every try-on, newest first, page by page. Polls only while something is under way and the socket is down. */
export function useVtons(enabled: boolean) {
  const up = useSocketUp();
  return useInfiniteQuery({
    queryKey: VTONS,
    enabled,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      answer(client.GET("/vton", { params: { query: { limit: 24, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    getNextPageParam: (page) => page.next_cursor,
    refetchInterval: (query) => {
      const moving = query.state.data?.pages.some((page) => page.items.some((v) => ["queued", "running"].includes(v.status)));
      return moving && !up ? 5000 : false;
    },
  });
}

export function deleteVton(id: string): Promise<unknown> {
  return answer(client.DELETE("/vton/{vton_id}", { params: { path: { vton_id: id } } }));
}

/** What an event says, put where pages read it. */
export function applyEvent(queries: QueryClient, event: JobEvent): void {
  queries.setQueryData<Job>(jobKey(event.job_id), (job) =>
    job && !isFinal(job.status)
      ? {
          ...job,
          status: event.status,
          progress: event.progress ?? job.progress,
          step: event.step ?? null,
          steps: event.steps ?? null,
          queue_position: event.status === "queued" ? (event.queue_position ?? job.queue_position) : null,
          queue_length: event.status === "queued" ? (event.queue_length ?? job.queue_length ?? null) : null,
          eta_seconds: event.eta_seconds ?? job.eta_seconds,
          error: event.error ?? job.error,
          result_s3_key: event.result_s3_key ?? job.result_s3_key,
          engine: event.engine ?? job.engine,
          preview: event.preview ?? job.preview,
        }
      : job,
  );
  if (event.type !== "status") return;
  // What an event leaves out, such as since when it runs, or why its picture is doubtful.
  void queries.invalidateQueries({ queryKey: jobKey(event.job_id) });
  // Looking at a photo, or a chart, moves no try-on.
  if (!event.vton_id) return;
  void queries.invalidateQueries({ queryKey: vtonKey(event.vton_id) });
  void queries.invalidateQueries({ queryKey: VTONS });
}
