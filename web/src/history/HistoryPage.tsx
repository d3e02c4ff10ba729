/** Every try-on with its live state: filter, open, compare, delete. */
import { useEffect, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { useSession, useVtons, type Vton } from "../api";
import { Button, look } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import { useTitle } from "../parts/page/title";
import { text } from "../text";
import { Card } from "./Card";
import { Compare } from "./Compare";
import { useHidden } from "./removal";

type Filter = keyof typeof text.history.filters;

const FILTERS: Record<Filter, (vton: Vton) => boolean> = {
  all: () => true,
  active: (vton) => ["queued", "running", "draft"].includes(vton.status),
  completed: (vton) => vton.status === "completed",
  failed: (vton) => ["failed", "cancelled"].includes(vton.status),
};

/** Garments that were cut out and not tried on are no try-ons. */
const isCutOut = (vton: Vton) => vton.jobs.length > 0 && vton.jobs.every((job) => job.job_type === "tailor");

export default function HistoryPage() {
  const session = useSession();
  const vtons = useVtons(session.data != null);
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const asked = params.get("show") ?? "";
  const filter: Filter = asked in FILTERS ? (asked as Filter) : "all";
  const hidden = useHidden();
  const [selected, setSelected] = useState<ReadonlySet<string> | null>(null);
  const [comparing, setComparing] = useState(false);
  useTitle(text.history.title);
  const end = useRef<HTMLDivElement>(null);

  const { fetchNextPage, hasNextPage, isFetchingNextPage } = vtons;
  useEffect(() => {
    const mark = end.current;
    if (!mark || !hasNextPage) return;
    const watch = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting && !isFetchingNextPage) void fetchNextPage();
      },
      { rootMargin: "600px" },
    );
    watch.observe(mark);
    return () => watch.disconnect();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);

  if (session.isPending) return <Spinner />;
  if (!session.data)
    return (
      <div className="py-20 text-center">
        <h1 className="mb-3">{text.history.title}</h1>
        <p className="mb-6 text-soft">{text.history.signedOut}</p>
        <Link to="/account" className={look("primary")}>
          {text.nav.signIn}
        </Link>
      </div>
    );

  const every = (vtons.data?.pages.flatMap((page) => page.items) ?? []).filter((vton) => !hidden.has(vton.id) && !isCutOut(vton));
  const shown = every.filter(FILTERS[filter]);
  return (
    <div className="flex flex-col gap-6">
      <div className="flex flex-wrap items-center gap-3 pt-2">
        <h1 className="mr-auto">{text.history.title}</h1>
        {every.length > 0 &&
          (selected ? (
            <>
              <Button kind="primary" disabled={selected.size < 2} onClick={() => setComparing(true)}>
                {text.history.selecting(selected.size)}
              </Button>
              <Button onClick={() => setSelected(null)}>{text.history.done}</Button>
            </>
          ) : (
            <Button onClick={() => setSelected(new Set())}>{text.history.select}</Button>
          ))}
      </div>
      {every.length > 0 && (
        <div role="group" aria-label={text.history.title} className="flex flex-wrap gap-2">
          {(Object.keys(FILTERS) as Filter[]).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={filter === name}
              onClick={() => setParams(name === "all" ? {} : { show: name }, { replace: true })}
              className="min-h-10 rounded-full border border-line px-3 text-sm sm:px-4 aria-pressed:border-ink aria-pressed:bg-ink aria-pressed:text-paper"
            >
              {text.history.filters[name]}
            </button>
          ))}
        </div>
      )}
      <ProblemText error={vtons.error} />
      {vtons.isPending && <Spinner />}
      {vtons.data && every.length === 0 && (
        <div className="py-16 text-center">
          <p className="mb-6 text-soft">{text.history.empty}</p>
          <Link to="/studio" className={look("primary")}>
            {text.history.start}
          </Link>
        </div>
      )}
      {every.length > 0 && shown.length === 0 && <p className="py-10 text-center text-soft">{text.history.none}</p>}
      <ul className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-4">
        {shown.map((vton, place) => (
          <Card
            key={vton.id}
            vton={vton}
            atOnce={place < 4}
            selected={selected === null ? null : selected.has(vton.id)}
            onPress={() => {
              if (!selected) return void navigate(`/try/${vton.id}`);
              if (vton.status !== "completed") return;
              const next = new Set(selected);
              if (!next.delete(vton.id)) next.add(vton.id);
              setSelected(next);
            }}
          />
        ))}
      </ul>
      <div ref={end}>{isFetchingNextPage && <Spinner label={text.history.more} />}</div>
      {comparing && selected && <Compare vtons={every.filter((vton) => selected.has(vton.id))} onClose={() => setComparing(false)} />}
    </div>
  );
}
