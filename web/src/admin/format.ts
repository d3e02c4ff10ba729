/** Numbers and times as an operator reads them. */

/** Seconds in the unit that fits: 0.084 s, 1.3 s, 42 s, 4 min, 2 h, 3 d. */
export function duration(seconds: number): string {
  if (seconds < 0.995) return `${seconds === 0 ? "0" : seconds.toPrecision(2)} s`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${Math.round(minutes)} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 60 / 24)} d`;
}

/** The seconds from one moment to a later one; 0 when clocks disagree. */
export function between(earlier: string, later: string): number {
  return Math.max(0, (Date.parse(later) - Date.parse(earlier)) / 1000);
}

/** An amount in the currency that the price was given in: two decimals, more when it is small. */
export function amount(value: number): string {
  const digits = value === 0 || value >= 0.1 ? { minimumFractionDigits: 2, maximumFractionDigits: value < 1 ? 3 : 2 } : { maximumSignificantDigits: 2 };
  return value.toLocaleString(undefined, digits);
}

/** The time of day, to the second. */
export function clock(at: number | string): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Day and time. */
export function moment(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}
