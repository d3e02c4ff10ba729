/** Asking what a photo shows before anything is made of it. */
import { answer, client, type GarmentPart, type Schemas } from "./client";
import { isFinal, readJob } from "./jobs";

export type PhotoIssue = Schemas["PhotoIssue"];
export type PhotoSeen = Pick<Schemas["PhotoCheckOutcome"], "issues" | "garment">;

/** Looks after the first, which waits as long as a gateway lets it. */
const LOOKS = 5;

/** What an uploaded photo shows and what is wrong with it; nothing where it could not be looked at. */
export async function checkPhoto(key: string, role: "person" | "garment", part: GarmentPart): Promise<PhotoSeen> {
  const params = { header: { prefer: "wait=20" } };
  const asked = await answer(client.POST("/jobs/photo_check", { body: { key, role, part }, params }));
  let job = "created_at" in asked ? asked : await readJob(asked.job_id);
  for (let look = 0; look < LOOKS && !isFinal(job.status); look++) {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    job = await readJob(job.job_id);
  }
  return job.result?.job_type === "photo_check" ? job.result : { issues: [], garment: null };
}
