/** `value` is 0…1; null when nobody knows how far it is. */
export function ProgressBar({ value, label }: { value: number | null; label: string }) {
  const known = value !== null;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(known ? { "aria-valuenow": Math.round(value * 100) } : {})}
      className={`h-2 overflow-hidden rounded-full ${known ? "bg-sunk" : "shimmer"}`}
    >
      {known && <div className="h-full rounded-full bg-accent transition-[width] duration-300" style={{ width: `${Math.max(2, value * 100)}%` }} />}
    </div>
  );
}
