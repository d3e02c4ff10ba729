/** One journey with the client that hey-api makes. */
import { readFileSync } from "node:fs";

import { client } from "../hey/client.gen.ts";
import { createDownloadUrl, createToken, createTryOn, createUploadUrl, getJob } from "../hey/sdk.gen.ts";

const [url, ...pictures] = process.argv.slice(2) as [string, string, string];
const throwOnError = true;
client.setConfig({ baseUrl: url });
const pair = (await createToken({ body: { guest: true }, throwOnError })).data;
client.setConfig({ auth: () => pair.access_token });

async function put(path: string): Promise<string> {
  const ticket = (await createUploadUrl({ body: { fileName: "a.jpg", fileType: "image/jpeg" }, throwOnError })).data;
  const sent = await fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: readFileSync(path) });
  if (!sent.ok) throw new Error(`not uploaded: ${sent.status}`);
  return ticket.key;
}

const body = { user_snap_s3: await put(pictures[0]!), uncleaned_outfit_s3: await put(pictures[1]!) };
const { job_id } = (await createTryOn({ body, throwOnError })).data;
const read = async () => (await getJob({ path: { job_id }, throwOnError })).data;
let job = await read();
for (; !job.finished_at; job = await read()) await new Promise((resolve) => setTimeout(resolve, 300));
const ticket = (await createDownloadUrl({ body: { key: job.result_s3_key! }, throwOnError })).data;
const picture = await (await fetch(ticket.url)).arrayBuffer();
const rejected = await createUploadUrl({ body: { fileName: "a.txt", fileType: "text/plain" } });
const missing = await getJob({ path: { job_id: "job_of_nobody" } });
const width = job.result?.job_type === "try_on" ? job.result.width : null;
console.log(
  JSON.stringify({ status: job.status, width, bytes: picture.byteLength, rejected: rejected.error?.code, missing: missing.error?.code }),
);
