/** The gateway, typed from its OpenAPI document. */
import createClient from "openapi-fetch";
import type { Readable } from "openapi-typescript-helpers";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type User = Schemas["UserView"];
export type Vton = Readable<Schemas["VtonView"]>;
export type Job = Readable<Schemas["JobView"]>;
export type JobEvent = Schemas["JobEvent"];
export type JobStatus = Schemas["JobStatus"];
export type GarmentPart = Schemas["GarmentPart"];
export type TryOnOptions = Partial<Readable<Schemas["TryOnOptions"]>>;

/** What the gateway, or the way to it, has against a request. `code` is stable. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

export const client = createClient<paths>({ baseUrl: location.origin, credentials: "same-origin" });

/** The code of answers to nobody, where somebody was asked for. */
export const NOT_SIGNED_IN = "not_signed_in";

const refused = new Set<() => void>();

/** Hear each time the gateway says that nobody is signed in, to whatever was asked. Returns how to stop. */
export function onSignedOut(listener: () => void): () => void {
  refused.add(listener);
  return () => refused.delete(listener);
}

/** The body of an answer, or a Problem. */
export async function answer<T>(
  request: Promise<{ data?: T | undefined; error?: unknown; response: Response }>,
): Promise<T> {
  let result;
  try {
    result = await request;
  } catch {
    throw new Problem(0, "offline", "The server does not answer. Check your connection and try again.");
  }
  if (result.response.ok) return result.data as T;
  const said = (result.error ?? {}) as { code?: string; detail?: string; title?: string };
  if (said.code === NOT_SIGNED_IN) for (const listener of refused) listener();
  throw new Problem(
    result.response.status,
    said.code ?? "unknown",
    said.detail ?? said.title ?? `The server answered ${result.response.status}.`,
  );
}
