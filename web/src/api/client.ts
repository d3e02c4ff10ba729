/** The gateway, typed from its OpenAPI document, for a page that it serves: whose cookies say who asks. */
import createClient from "openapi-fetch";

import { answer as bodyOf, Problem, type paths } from "proteus-client";

export { Problem } from "proteus-client";
export type { GarmentPart, Job, JobEvent, JobStatus, Schemas, TryOnOptions, User, Vton } from "proteus-client";

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
  try {
    return await bodyOf(request);
  } catch (error) {
    if (error instanceof Problem && error.code === NOT_SIGNED_IN) for (const listener of refused) listener();
    throw error;
  }
}
