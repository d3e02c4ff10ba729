/** One more gateway of the running system, with settings of its own. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { python, root, service } from "../system";

/** What the supervisor told a running process: where the servers are, and how they are entered. */
function environmentOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** It answers at `url` until `end` is called. */
export async function openGateway(settings: Record<string, string>): Promise<{ url: string; end: () => Promise<void> }> {
  const [pid] = service("gateway");
  if (pid === undefined) throw new Error("no gateway is running");
  const port = await freePort();
  const env = { ...environmentOf(pid), ...settings, PROTEUS_PORT: String(port), PYTHONPATH: root };
  const child = spawn(python, ["e2e/shop/gateway.py"], { env, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (piece) => (log += String(piece)));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const ready = () => fetch(`${url}/readyz`).then((answer) => answer.ok, () => false);
  for (const deadline = Date.now() + 600_000; !(await ready()); await sleep(200))
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the gateway did not start:\n${log}`);
  return {
    url,
    end: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
