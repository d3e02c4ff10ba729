/** A page of another origin, which the operator named in PROTEUS_ORIGINS, uses the API with tokens. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "./browser";
import { inEach } from "./browsers/each";
import { OTHER_ORIGIN_PORT } from "./system";

interface Asked {
  api: string;
  person: number[];
  garment: number[];
}

/** All in the page: sign-in, upload, try-on, result. Its picture's type, and what a refusal told. */
async function journey({ api, person, garment }: Asked) {
  const json = { "content-type": "application/json" };
  const tokens = await fetch(`${api}/user/token`, { method: "POST", headers: json, body: '{"guest": true}' });
  const { access_token } = (await tokens.json()) as { access_token: string };
  const ask = async (path: string, body?: object): Promise<Response> =>
    fetch(api + path, {
      method: body ? "POST" : "GET",
      headers: { ...json, authorization: `Bearer ${access_token}`, ...(body ? { "idempotency-key": crypto.randomUUID() } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  async function put(bytes: number[]): Promise<string> {
    const ticket = await (await ask("/images/presignedUploadUrl", { fileName: "a.jpg", fileType: "image/jpeg" })).json();
    await fetch(ticket.url, { method: ticket.method, headers: ticket.headers, body: new Uint8Array(bytes) });
    return ticket.key;
  }
  const wanted = { user_snap_s3: await put(person), uncleaned_outfit_s3: await put(garment) };
  const { job_id } = await (await ask("/jobs/try_on", wanted)).json();
  let job;
  do {
    await new Promise((resolve) => setTimeout(resolve, 300));
    job = await (await ask(`/jobs/${job_id}`)).json();
  } while (!job.finished_at);
  const { url } = await (await ask("/images/presignedDownloadUrl", { key: job.result_s3_key })).json();
  const picture = new Image();
  picture.crossOrigin = "anonymous";
  picture.src = url;
  await picture.decode();
  const missing = await ask("/jobs/job_of_nobody");
  return {
    status: job.status as string,
    width: picture.naturalWidth,
    code: (await missing.json()).code as string,
    request: missing.headers.get("x-request-id"),
    left: missing.headers.get("ratelimit"),
  };
}

inEach("a page of another origin signs in, uploads, tries on and shows the result", async (visitor, url) => {
  const other = createServer((_, answer) => answer.setHeader("content-type", "text/html").end("<!doctype html><title>A shop</title>"));
  await new Promise<void>((resolve) => other.listen(OTHER_ORIGIN_PORT, "127.0.0.1", resolve));
  try {
    await visitor.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);
    const bytes = (file: string) => [...readFileSync(`../samples/drawn/${file}`)];
    const seen = await visitor.run(journey, { api: url, person: bytes("person.jpg"), garment: bytes("shirt.jpg") });
    expect(seen).toMatchObject({ status: "completed", width: 768, code: "job_not_found" });
    expect(seen.request).toMatch(/^[0-9a-f]{32}$/);
    expect(seen.left).toContain("r=");
  } finally {
    other.close();
  }
});
