/** Whether what is drawn can be read back: browsers that resist fingerprinting (Tor, LibreWolf) hand out noise instead. */

const SIDE = 16;
/** The last bits of a value are changed by milder guards, which nobody sees. */
const BITS = 3;

/** Draws a pattern and reads it again; once, since a browser does not change its mind. */
function read(): boolean {
  const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d", { willReadFrequently: true });
  if (!context) return false;
  const drawn: number[] = [];
  for (let i = 0; i < SIDE * SIDE; i++) {
    const colour = [(i * 7) % 256, (i * 31) % 256, (i * 101) % 256] as const;
    context.fillStyle = `rgb(${colour.join(" ")})`;
    context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
    drawn.push(...colour, 255);
  }
  const found = context.getImageData(0, 0, SIDE, SIDE).data;
  return drawn.every((value, i) => Math.abs(value - (found[i] ?? 0)) <= BITS);
}

let known: boolean | null = null;
export const isFaithful = (): boolean => (known ??= read());
