/** Pictures go from the browser to the object store by presigned URL. */
import { answer, client, Problem } from "./client";
import { noteStore } from "./store";

const TRIES = 3;

/**
 * Upload a picture; its object key. `onProgress` is told fractions 0…1. The same bytes are sent once a page load.
 * Throws Problem, or an AbortError when `signal` fires.
 */
export async function uploadPicture(
  blob: Blob,
  fileName: string,
  onProgress: (fraction: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const ticket = await answer(
      client.POST("/images/presignedUploadUrl", {
        body: { fileName, fileType: blob.type, fileSize: blob.size },
      }),
    );
    noteStore(ticket.url);
    try {
      await send(ticket, blob, onProgress, signal);
      return ticket.key;
    } catch (error) {
      if (signal?.aborted || attempt >= TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
}

/** fetch() tells nothing of an upload's progress, so this is an XMLHttpRequest. */
function send(
  ticket: { method: string; url: string; headers: Record<string, string> },
  blob: Blob,
  onProgress: (fraction: number) => void,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const refused = () =>
      new Problem(request.status, "upload_failed", "The picture could not be uploaded. Check your connection and try again.");
    request.open(ticket.method, ticket.url);
    for (const [name, value] of Object.entries(ticket.headers))
      if (name.toLowerCase() !== "content-length") request.setRequestHeader(name, value);
    request.timeout = 120_000;
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        onProgress(1);
        resolve();
      } else reject(refused());
    };
    request.onerror = () => reject(refused());
    request.ontimeout = () => reject(refused());
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort(), { once: true });
    request.send(blob);
  });
}
