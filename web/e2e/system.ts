/** Starts `proteus up` with the preview engine in a directory of its own, and stops it at the end. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const python = process.env.PYTHON ?? join(root, ".venv/bin/python");

/** Of the page of another origin that e2e/origin.spec.ts serves: origins are told to the gateway at its start. */
export const OTHER_ORIGIN_PORT = 48_213;

export default async function start(): Promise<() => Promise<void>> {
  const data = mkdtempSync(join(tmpdir(), "proteus-e2e-"));
  const up = spawn(python, ["-m", "services.cli", "up", "--port", "0", "--data-dir", data, "--engine", "warp"], {
    cwd: root,
    env: { ...process.env, PROTEUS_WEB_DIR: join(root, "web/dist"), PROTEUS_GPU_HOUR_PRICE: "0.8", PROTEUS_ORIGINS: `http://127.0.0.1:${OTHER_ORIGIN_PORT}` },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise<void>((resolve) => up.once("exit", () => resolve()));
  const state = join(data, "up.json");
  const deadline = Date.now() + 600_000;
  while (!existsSync(state)) {
    if (up.exitCode !== null) throw new Error(`proteus up ended with ${up.exitCode}`);
    if (Date.now() > deadline) throw new Error("proteus up was not ready in ten minutes");
    await sleep(100);
  }
  const found = JSON.parse(readFileSync(state, "utf8")) as { url: string; nats_url: string; database_url: string };
  process.env.E2E_URL = found.url;
  process.env.E2E_NATS_URL = found.nats_url;
  process.env.E2E_DATABASE_URL = found.database_url;
  process.env.E2E_PID = String(up.pid);
  return async () => {
    up.kill("SIGTERM");
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
}

/** What an operator's shell has: the addresses that `proteus up` printed. */
const shell = () => ({ ...process.env, NATS_URL: process.env.E2E_NATS_URL, DATABASE_URL: process.env.E2E_DATABASE_URL });

/** An operator's command. */
export function proteus(...args: string[]): void {
  execFileSync(python, ["-m", "services.cli", ...args], { cwd: root, env: shell(), stdio: ["ignore", "ignore", "inherit"] });
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

/** The processes of one service of the running system. */
export function service(name: string): number[] {
  const listed = execFileSync("ps", ["--ppid", process.env.E2E_PID as string, "-o", "pid=,args="], { encoding: "utf8" });
  return listed
    .split("\n")
    .filter((line) => line.trimEnd().endsWith(`services.cli ${name}`))
    .map((line) => Number.parseInt(line, 10));
}

/** While it rests, no service that ended is started again. */
export function supervisor(what: "SIGSTOP" | "SIGCONT"): void {
  process.kill(Number(process.env.E2E_PID), what);
}

/** Send a signal to every process of a service. */
export function signal(name: string, what: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
  const found = service(name);
  if (found.length === 0) throw new Error(`no ${name} is running`);
  for (const pid of found) process.kill(pid, what);
}
