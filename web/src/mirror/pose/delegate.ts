/** Which of MediaPipe's two ways to compute is used: the GPU where there is a real one and it is quick, else the CPU. */
export type Delegate = "GPU" | "CPU";

/** Frames after which the GPU's speed is judged; the first ones compile shaders. */
export const TRIED_FRAMES = 10;
const SLOW_MS = 60;

/** What draws, as the browser names it; null where it does not say. */
export function rendererName(): string | null {
  const gl = document.createElement("canvas").getContext("webgl2");
  const debug = gl?.getExtension("WEBGL_debug_renderer_info");
  const name: unknown = debug && gl?.getParameter(debug.UNMASKED_RENDERER_WEBGL);
  gl?.getExtension("WEBGL_lose_context")?.loseContext();
  return typeof name === "string" ? name : null;
}

/** A GPU that a CPU plays is slower than that CPU by itself. */
export function firstDelegate(renderer: string | null): Delegate {
  return renderer === null || /swiftshader|llvmpipe|software|basic render/i.test(renderer) ? "CPU" : "GPU";
}

/** Whether `times` (ms a frame, in order) say that the CPU should have a try. */
export function tooSlow(times: number[]): boolean {
  if (times.length < TRIED_FRAMES) return false;
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]! > SLOW_MS;
}
