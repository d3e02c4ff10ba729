/** The client before a server that is in trouble; on a system that works, tests/client runs README's example. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterEach, expect, test } from "vitest";

import { contentType } from "./pictures.js";
import { JobFailed, Problem } from "./problem.js";
import { Proteus } from "./proteus.js";

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };
let server: Server | null = null;

/** A server that answers by what `of` says, and what it was asked: method, path, bearer token. */
async function serve(of: (path: string, asked: IncomingMessage, nth: number) => Answer): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  server = createServer((request, response) => {
    const line = `${request.method} ${request.url} ${request.headers.authorization?.replace("Bearer ", "") ?? "-"}`;
    asked.push(line);
    const { status = 200, headers = {}, body } = of(request.url!, request, asked.filter((one) => one === line).length);
    request.resume().on("end", () => {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const pair = (n: number) => ({ body: { access_token: `a${n}`, refresh_token: `r${n}`, user: { id: "u" } } });

test("a token that has run out is renewed once, by all who need it", async () => {
  let made = 0;
  const { url, asked } = await serve((path, request) => {
    if (path === "/user/token") return pair(++made);
    return request.headers.authorization === "Bearer a2" ? { body: { id: "j", status: "queued" } } : { status: 401 };
  });
  const proteus = new Proteus(url);
  await proteus.signIn();
  const jobs = await Promise.all([proteus.job("j"), proteus.job("j"), proteus.job("j")]);
  expect(jobs.map((job) => job.status)).toEqual(["queued", "queued", "queued"]);
  expect(asked.filter((line) => line.startsWith("POST /user/token"))).toHaveLength(2);
  expect(proteus.refreshToken).toBe("r2");
});

test("a server that is full is asked again when it says", async () => {
  const { url, asked } = await serve((path, _, nth) => {
    if (path === "/user/token") return pair(1);
    return nth === 1 ? { status: 503, headers: { "retry-after": "0" } } : { body: { id: "j", status: "running" } };
  });
  expect((await new Proteus(url).job("j")).status).toBe("running");
  expect(asked.slice(1)).toEqual(["GET /jobs/j a1", "GET /jobs/j a1"]);
});

test("a refusal has the server's code, and the id that stands in its log", async () => {
  const { url } = await serve((path) =>
    path === "/user/token" ? pair(1) : { status: 404, headers: { "x-request-id": "f".repeat(32) }, body: { code: "job_not_found", detail: "There is no such job." } },
  );
  const error = await new Proteus(url).job("j").catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Problem);
  expect(error).toMatchObject({ status: 404, code: "job_not_found", message: "There is no such job.", requestId: "f".repeat(32) });
});

test("who may not sign in hears why", async () => {
  const { url } = await serve(() => ({ status: 403, body: { code: "guests_not_allowed", detail: "Sign in." } }));
  await expect(new Proteus(url).job("j")).rejects.toMatchObject({ status: 403, code: "guests_not_allowed" });
});

test("nobody who answers is a problem with a code, too", async () => {
  const { url } = await serve(() => ({}));
  server?.close();
  await expect(new Proteus(url).job("j")).rejects.toMatchObject({ status: 0, code: "offline" });
});

test("a job that fails is thrown with its reason", async () => {
  const error = { code: "picture_unreadable", message: "The person picture could not be read." };
  const { url } = await serve((path) =>
    path === "/user/token" ? pair(1) : { body: { id: "j", job_id: "j", status: "failed", error } },
  );
  const thrown = await new Proteus(url).wait("j").catch((reason: unknown) => reason);
  expect(thrown).toBeInstanceOf(JobFailed);
  expect(thrown).toMatchObject({ jobId: "j", ...error });
});

test.each([
  ["image/jpeg", [0xff, 0xd8, 0xff, 0xe0]],
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/webp", [...new TextEncoder().encode("RIFF0000WEBP")]],
  ["image/heic", [...new TextEncoder().encode("0000ftypheic")]],
  ["image/avif", [...new TextEncoder().encode("0000ftypmif1....avif")]],
  ["application/octet-stream", [1, 2, 3]],
])("a file without a type is %s by its first bytes", async (type, bytes) => {
  expect(await contentType(new Blob([new Uint8Array(bytes)]))).toBe(type);
});
