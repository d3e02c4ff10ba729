import { useId, type ReactNode } from "react";

/** One subject of the board: its heading, a figure beside it, and what there is to say. */
export function Panel({ title, aside, id, children }: { title: string; aside?: ReactNode; id?: string; children: ReactNode }) {
  const heading = useId();
  return (
    <section id={id} aria-labelledby={heading} className="min-w-0 rounded-2xl border border-line bg-card p-4 sm:p-5">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id={heading}>
          {title}
        </h2>
        {aside && <p className="text-sm text-soft tabular-nums">{aside}</p>}
      </div>
      {children}
    </section>
  );
}
