/** What can go wrong, with the `code` that docs/errors.md explains. */

/** What the gateway, or the way to it, has against a request. `code` is stable; `status` is 0 where none came. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly requestId: string | null = null,
  ) {
    super(detail);
  }
}

/** A job failed or was cancelled; the message is for its user. */
export class JobFailed extends Error {
  constructor(
    readonly jobId: string,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** The body of an answer of openapi-fetch. Throws Problem. */
export async function answer<T>(
  request: Promise<{ data?: T | undefined; error?: unknown; response: Response }>,
): Promise<T> {
  let result;
  try {
    result = await request;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(0, "offline", "The server does not answer. Check your connection and try again.");
  }
  if (result.response.ok) return result.data as T;
  throw problem(result.response, result.error);
}

/** What a refusal says; of a proxy's, which says nothing that we know, its status. */
export function problem(response: Response, told: unknown): Problem {
  const said = (told ?? {}) as { code?: string; detail?: string; title?: string };
  return new Problem(
    response.status,
    said.code ?? "unknown",
    said.detail ?? said.title ?? `The server answered ${response.status}.`,
    response.headers.get("x-request-id"),
  );
}
