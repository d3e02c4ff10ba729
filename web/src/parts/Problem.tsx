/** What went wrong, in the gateway's own words. */
export function ProblemText({ error }: { error: unknown }) {
  if (!error) return null;
  return (
    <p role="alert" className="rounded-xl border border-bad/40 bg-bad/10 px-4 py-3 text-sm text-bad">
      {error instanceof Error ? error.message : String(error)}
    </p>
  );
}
