/** One journey with the client that OpenAPI Generator makes for TypeScript. */
import { readFileSync } from "node:fs";

import { type Body, Configuration, ImagesApi, JobsApi, ResponseError, UserApi } from "../fetch/index";

const [url, ...pictures] = process.argv.slice(2) as [string, string, string];
const pair = await new UserApi(new Configuration({ basePath: url })).createToken({ body: { guest: true } as Body });
const settings = new Configuration({ basePath: url, accessToken: pair.accessToken });
const [images, jobs] = [new ImagesApi(settings), new JobsApi(settings)];

async function put(path: string): Promise<string> {
  const ticket = await images.createUploadUrl({ uploadWanted: { fileName: "a.jpg", fileType: "image/jpeg" } });
  const sent = await fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: readFileSync(path) });
  if (!sent.ok) throw new Error(`not uploaded: ${sent.status}`);
  return ticket.key;
}

async function code(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "it was not refused",
    async (error: ResponseError) => ((await error.response.json()) as { code: string }).code,
  );
}

const tryOnBody = { userSnapS3: await put(pictures[0]!), uncleanedOutfitS3: await put(pictures[1]!) };
const { jobId } = await jobs.createTryOn({ tryOnBody });
let job = await jobs.getJob({ jobId });
for (; !job.finishedAt; job = await jobs.getJob({ jobId })) await new Promise((resolve) => setTimeout(resolve, 300));
const ticket = await images.createDownloadUrl({ downloadWanted: { key: job.resultS3Key! } });
const picture = await (await fetch(ticket.url)).arrayBuffer();
const width = job.result?.jobType === "try_on" ? job.result.width : null;
const rejected = await code(images.createUploadUrl({ uploadWanted: { fileName: "a.txt", fileType: "text/plain" } }));
const missing = await code(jobs.getJob({ jobId: "job_of_nobody" }));
console.log(JSON.stringify({ status: job.status, width, bytes: picture.byteLength, rejected, missing }));
