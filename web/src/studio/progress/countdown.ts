/** The seconds that are left, as shown: they count down by themselves, and a rise by more than half is said. */
export interface Countdown {
  /** Seconds left at `at`. */
  left: number;
  /** In ms. */
  at: number;
  /** Whether it rose by more than half, so that a reason is due. */
  longer: boolean;
}

export const secondsLeft = ({ left, at }: Countdown, now: number) => Math.max(1, left - (now - at) / 1000);

/** `told` is what is expected now, in seconds. */
export function follow(shown: Countdown | null, told: number, now: number): Countdown {
  const before = shown ? secondsLeft(shown, now) : told;
  return { left: told, at: now, longer: told > 1.5 * before || (shown?.longer === true && told > before) };
}

/** Of a job that is `progress` (0…1) done after `elapsed` seconds; null too early to say. */
export function fromProgress(progress: number, elapsed: number): number | null {
  return progress < 0.1 || elapsed <= 0 ? null : ((1 - progress) / progress) * elapsed;
}
