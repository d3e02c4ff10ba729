/** The camera, and why there is none. */
export type CameraProblem = "insecure" | "denied" | "absent" | "busy" | "webgl" | "model";

export class NoCamera extends Error {
  constructor(readonly code: CameraProblem) {
    super(code);
  }
}

const CODES: Record<string, CameraProblem> = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "absent",
  OverconstrainedError: "absent",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Throws NoCamera. */
export async function openCamera(): Promise<MediaStream> {
  // Not there on plain http other than localhost.
  if (!("mediaDevices" in navigator)) throw new NoCamera("insecure");
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "user", width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
  } catch (error) {
    throw new NoCamera(CODES[(error as Error).name] ?? "absent");
  }
}

/** MediaPipe and the garment's mesh both need it. */
export function hasWebGl(): boolean {
  try {
    return document.createElement("canvas").getContext("webgl2") !== null;
  } catch {
    return false;
  }
}

/** A clean frame at the camera's full size: not mirrored, without the garment. */
export async function snap(video: HTMLVideoElement): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no frame"))), "image/jpeg", 0.95),
  );
}
