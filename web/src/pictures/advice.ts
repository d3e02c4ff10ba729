/** Plain advice about a picture before it is sent, from its size and a small copy of its pixels. */
export type PictureKind = "person" | "garment";

export interface PhotoAdvice {
  code: "small" | "landscape" | "dark" | "bright" | "blurry";
  level: "info" | "warn";
}

/** Advice that follows from the picture's size alone. */
export function adviseSize(kind: PictureKind, full: { width: number; height: number }): PhotoAdvice[] {
  const advice: PhotoAdvice[] = [];
  if (Math.min(full.width, full.height) < (kind === "person" ? 512 : 384)) advice.push({ code: "small", level: "warn" });
  if (kind === "person" && full.width > full.height * 1.15) advice.push({ code: "landscape", level: "info" });
  return advice;
}

/** `pixels` is RGBA of a copy `width`×`height`; `full` is the picture's own size. */
export function advise(
  kind: PictureKind,
  full: { width: number; height: number },
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
): PhotoAdvice[] {
  const advice = adviseSize(kind, full);
  const grey = new Float32Array(width * height);
  let sum = 0;
  for (let i = 0; i < grey.length; i++) {
    const luma = 0.299 * pixels[4 * i]! + 0.587 * pixels[4 * i + 1]! + 0.114 * pixels[4 * i + 2]!;
    grey[i] = luma;
    sum += luma;
  }
  const mean = sum / grey.length;
  if (mean < 45) advice.push({ code: "dark", level: "warn" });
  if (kind === "person" && mean > 240) advice.push({ code: "bright", level: "info" });
  if (kind === "person" && laplacianVariance(grey, width, height) < 12) advice.push({ code: "blurry", level: "info" });
  return advice;
}

/** The usual measure of focus: the variance of the Laplacian (Pech-Pacheco et al., 2000). */
function laplacianVariance(grey: Float32Array, width: number, height: number): number {
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const value = grey[i - 1]! + grey[i + 1]! + grey[i - width]! + grey[i + width]! - 4 * grey[i]!;
      sum += value;
      squares += value * value;
      count++;
    }
  return count ? squares / count - (sum / count) ** 2 : 0;
}
