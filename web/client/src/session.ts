/** Requests as somebody: signs in, renews tokens, waits where it is told to. */
import { problem } from "./problem.js";
import type { Schemas, User } from "./types.js";

/** How to sign in: as a guest, with an account, or by the `refreshToken` of an earlier client. */
export type Grant = { guest: true } | { email: string; password: string } | { refresh_token: string };

/** How long a request is sent again after a 429 or 503, in milliseconds. */
const PATIENCE = 30_000;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Session {
  private access: string | null = null;
  private refresh: string | null = null;
  private renewing: Promise<string> | null = null;
  user: User | null = null;

  constructor(
    private readonly url: string,
    private readonly grant: Grant,
  ) {}

  get refreshToken(): string | null {
    return this.refresh;
  }

  /** As fetch, with this session's token: a new one where it has run out. Throws Problem where none is to be had. */
  async fetch(request: Request): Promise<Response> {
    const token = this.access ?? (await this.renew());
    const first = await patiently(signed(request, token));
    if (first.status !== 401) return first;
    // Of many requests that are refused at once, one renews the token.
    const next = this.access !== token && this.access !== null ? this.access : await this.renew();
    return patiently(signed(request, next));
  }

  /** A new access token. */
  renew(): Promise<string> {
    this.renewing ??= this.ask().finally(() => (this.renewing = null));
    return this.renewing;
  }

  private async ask(): Promise<string> {
    const body = JSON.stringify(this.refresh === null ? this.grant : { refresh_token: this.refresh });
    const headers = { "content-type": "application/json" };
    const response = await patiently(new Request(new URL("/user/token", this.url), { method: "POST", headers, body }));
    const told: unknown = await response.json().catch(() => null);
    if (!response.ok) throw problem(response, told);
    const pair = told as Schemas["TokenPair"];
    [this.access, this.refresh, this.user] = [pair.access_token, pair.refresh_token, pair.user];
    return pair.access_token;
  }
}

function signed(request: Request, token: string): Request {
  const copy = request.clone();
  copy.headers.set("authorization", `Bearer ${token}`);
  return copy;
}

async function patiently(request: Request): Promise<Response> {
  const until = Date.now() + PATIENCE;
  for (;;) {
    const response = await fetch(request.clone());
    const wait = 1000 * Number(response.headers.get("retry-after") ?? 1);
    if (![429, 503].includes(response.status) || !(Date.now() + wait <= until)) return response;
    await pause(wait);
  }
}
