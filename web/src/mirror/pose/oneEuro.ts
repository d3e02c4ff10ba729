/** The One-Euro filter: steady when still, quick when moving (Casiez, Roussel and Vogel, CHI 2012). */
const MIN_CUTOFF = 1.2;
const BETA = 8;
const DERIVATIVE_CUTOFF = 1;

const alpha = (cutoff: number, seconds: number) => 1 / (1 + 1 / (2 * Math.PI * cutoff * seconds));

export class OneEuro {
  #value: number | null = null;
  #speed = 0;
  #at = 0;

  /** The smoothed value; `at` in seconds, rising. */
  next(value: number, at: number): number {
    if (this.#value === null || at <= this.#at) {
      this.#value ??= value;
      this.#at = Math.max(this.#at, at);
      return this.#value;
    }
    const seconds = at - this.#at;
    this.#speed += alpha(DERIVATIVE_CUTOFF, seconds) * ((value - this.#value) / seconds - this.#speed);
    this.#value += alpha(MIN_CUTOFF + BETA * Math.abs(this.#speed), seconds) * (value - this.#value);
    this.#at = at;
    return this.#value;
  }
}
