/** One journey with the types that openapi-typescript makes, by its openapi-fetch. */
import { readFileSync } from "node:fs";

import createClient from "openapi-fetch";

import type { paths } from "../types/schema.d.ts";

const [url, ...pictures] = process.argv.slice(2) as [string, string, string];
const api = createClient<paths>({ baseUrl: url });
const pair = (await api.POST("/user/token", { body: { guest: true } })).data!;
api.use({
  onRequest({ request }) {
    request.headers.set("authorization", `Bearer ${pair.access_token}`);
  },
});

async function put(path: string): Promise<string> {
  const ticket = (await api.POST("/images/presignedUploadUrl", { body: { fileName: "a.jpg", fileType: "image/jpeg" } })).data!;
  const sent = await fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: readFileSync(path) });
  if (!sent.ok) throw new Error(`not uploaded: ${sent.status}`);
  return ticket.key;
}

const body = { user_snap_s3: await put(pictures[0]!), uncleaned_outfit_s3: await put(pictures[1]!) };
const asked = (await api.POST("/jobs/try_on", { body })).data!;
const read = (job_id: string) => api.GET("/jobs/{job_id}", { params: { path: { job_id } } });
if (!("job_id" in asked)) throw new Error("nobody asked to wait");
let job = (await read(asked.job_id)).data!;
for (; !job.finished_at; job = (await read(job.id)).data!) await new Promise((resolve) => setTimeout(resolve, 300));
const ticket = (await api.POST("/images/presignedDownloadUrl", { body: { key: job.result_s3_key! } })).data!;
const picture = await (await fetch(ticket.url)).arrayBuffer();
const rejected = await api.POST("/images/presignedUploadUrl", { body: { fileName: "a.txt", fileType: "text/plain" } });
const missing = await read("job_of_nobody");
const width = job.result?.job_type === "try_on" ? job.result.width : null;
console.log(
  JSON.stringify({ status: job.status, width, bytes: picture.byteLength, rejected: rejected.error?.code, missing: missing.error?.code }),
);
