export function Spinner({ label = "Loading…" }: { label?: string }) {
  return (
    <p role="status" className="flex items-center justify-center gap-3 py-16 text-soft">
      <span aria-hidden className="size-5 animate-spin rounded-full border-2 border-line border-t-accent" />
      {label}
    </p>
  );
}
