import type { Vton } from "../api";
import { Picture } from "../parts/Picture";
import { text } from "../text";

const TONES: Record<string, string> = {
  completed: "text-good",
  failed: "text-bad",
  cancelled: "text-soft",
};

/** One try-on in the grid. `selected` is null while nothing is being selected. */
interface Props {
  vton: Vton;
  selected: boolean | null;
  /** One of the first, which are seen without scrolling. */
  atOnce: boolean;
  onPress: () => void;
}

export function Card({ vton, selected, atOnce, onPress }: Props) {
  const status = text.job[vton.status as keyof typeof text.job] as string;
  const moving = vton.status === "queued" || vton.status === "running";
  const when = new Date(vton.created_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return (
    <li>
      <button
        type="button"
        onClick={onPress}
        data-testid="history-card"
        data-status={vton.status}
        aria-pressed={selected ?? undefined}
        disabled={selected !== null && vton.status !== "completed"}
        className={`block w-full overflow-hidden rounded-2xl border bg-card text-left transition hover:-translate-y-0.5 hover:shadow-md disabled:opacity-50 ${
          selected ? "border-accent ring-3 ring-accent" : "border-line"
        }`}
      >
        <span className="relative block aspect-[3/4] overflow-hidden bg-sunk">
          <Picture
            objectKey={vton.thumbnail_s3 ?? vton.result_s3 ?? vton.user_snap_s3}
            alt=""
            atOnce={atOnce}
            className={`size-full object-cover object-top ${vton.result_s3 ? "" : "opacity-60"}`}
          />
          <span className="absolute right-2 bottom-2 block size-14 overflow-hidden rounded-lg border-2 border-white bg-white shadow">
            <Picture objectKey={vton.cleaned_outfit_s3 ?? vton.uncleaned_outfit_s3} alt="" className="size-full object-contain" />
          </span>
          {moving && <span className="shimmer absolute inset-x-0 bottom-0 h-1.5" />}
        </span>
        <span className="block p-3 text-sm">
          {vton.title && <span className="block truncate font-semibold">{vton.title}</span>}
          <span className={`block font-semibold ${TONES[vton.status] ?? "text-ink"}`}>{status}</span>
          <span className="block text-soft">{when}</span>
        </span>
      </button>
    </li>
  );
}
