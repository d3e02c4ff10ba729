/** `value` is 0…1; null when nobody knows how far it is. `said` is read out in its place. */
export function ProgressBar({ value, label, said = null }: { value: number | null; label: string; said?: string | null }) {
  const known = value !== null;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(known ? { "aria-valuenow": Math.round(value * 100) } : {})}
      {...(said ? { "aria-valuetext": said } : {})}
      className={`h-2 overflow-hidden rounded-full ${known ? "bg-sunk" : "shimmer"}`}
    >
      {known && <div className="h-full rounded-full bg-accent transition-[width] duration-300" style={{ width: `${Math.max(2, value * 100)}%` }} />}
    </div>
  );
}
