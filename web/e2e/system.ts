/** Starts `proteus up` with the preview engine in a directory of its own, and stops it at the end. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
export const python = process.env.PYTHON ?? join(root, ".venv/bin/python");

/** Of the page of another origin that e2e/origin.spec.ts serves: origins are told to the gateway at its start. */
export const OTHER_ORIGIN_PORT = 48_213;

interface Running {
  url: string;
  pid: number;
  nats_url: string;
  database_url: string;
}

/** What `proteus up` says of itself while it runs. */
const running = (data = process.env.E2E_DATA as string) => JSON.parse(readFileSync(join(data, "up.json"), "utf8")) as Running;

async function begin(port: string, data: string, engine = "warp", settings: Record<string, string> = {}): Promise<void> {
  const up = spawn(python, ["-m", "services.cli", "up", "--port", port, "--data-dir", data, "--engine", engine], {
    cwd: root,
    env: {
      ...process.env,
      PROTEUS_WEB_DIR: join(root, "web/dist"),
      PROTEUS_GPU_HOUR_PRICE: "0.8",
      PROTEUS_ORIGINS: `http://127.0.0.1:${OTHER_ORIGIN_PORT}`,
      ...settings,
    },
    stdio: ["ignore", "ignore", "inherit"],
    detached: true, // it outlives the process of a test that began it anew
  });
  up.unref();
  const deadline = Date.now() + 600_000;
  while (!existsSync(join(data, "up.json"))) {
    if (up.exitCode !== null) throw new Error(`proteus up ended with ${up.exitCode}`);
    if (Date.now() > deadline) throw new Error("proteus up was not ready in ten minutes");
    await sleep(100);
  }
}

async function end(data: string): Promise<void> {
  const { pid } = running(data);
  process.kill(pid, "SIGTERM");
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(100))
    try {
      process.kill(pid, 0);
    } catch {
      return; // it is gone
    }
  throw new Error("proteus up did not end in two minutes");
}

/** Stop the whole system, and start it on the same data and at the same address. */
export async function restart(): Promise<void> {
  const { port } = new URL(running().url);
  const data = process.env.E2E_DATA as string;
  await end(data);
  await begin(port, data);
}

/** One more system, with another engine, while `use` runs with its address and the directory of its data. */
export async function withEngine(engine: string, settings: Record<string, string>, use: (url: string, data: string) => Promise<void>): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), "proteus-e2e-"));
  await begin("0", data, engine, settings);
  try {
    await use(running(data).url, data);
  } finally {
    await end(data);
    rmSync(data, { recursive: true, force: true });
  }
}

export default async function start(): Promise<() => Promise<void>> {
  const data = mkdtempSync(join(tmpdir(), "proteus-e2e-"));
  process.env.E2E_DATA = data;
  await begin("0", data);
  process.env.E2E_URL = running().url;
  return async () => {
    await end(data);
    rmSync(data, { recursive: true, force: true });
  };
}

/** What an operator's shell has: the addresses that `proteus up` printed. */
const shell = () => ({ ...process.env, NATS_URL: running().nats_url, DATABASE_URL: running().database_url, PROTEUS_PUBLIC_URL: running().url });

/** An operator's command, and what it prints. */
export function proteus(...args: string[]): string {
  return execFileSync(python, ["-m", "services.cli", ...args], { cwd: root, env: shell(), stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" }).trim();
}

/** Publish a message to a subject of a stream, or ask JetStream for something, as the operator. */
export function publish(subject: string, body: string): void {
  const code =
    "import asyncio, os, sys, nats\n" +
    "async def main():\n" +
    "    client = await nats.connect(os.environ['NATS_URL'])\n" +
    "    answer = await client.request(sys.argv[1], sys.argv[2].encode(), timeout=60)\n" +
    "    assert b'error' not in answer.data, answer.data\n" +
    "    await client.close()\n" +
    "asyncio.run(main())";
  execFileSync(python, ["-c", code, subject, body], { env: shell() });
}

/** The processes of one service of the running system; of another one by the directory of its data. */
export function service(name: string, data?: string): number[] {
  const listed = execFileSync("ps", ["--ppid", String(running(data).pid), "-o", "pid=,args="], { encoding: "utf8" });
  return listed
    .split("\n")
    .filter((line) => line.trimEnd().endsWith(`services.cli ${name}`))
    .map((line) => Number.parseInt(line, 10));
}

/** While it rests, no service that ended is started again. */
export function supervisor(what: "SIGSTOP" | "SIGCONT"): void {
  process.kill(running().pid, what);
}

/** Send a signal to every process of a service. */
export function signal(name: string, what: "SIGSTOP" | "SIGCONT" | "SIGKILL", data?: string): void {
  const found = service(name, data);
  if (found.length === 0) throw new Error(`no ${name} is running`);
  for (const pid of found) process.kill(pid, what);
}
