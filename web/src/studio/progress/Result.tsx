/** The finished picture: compare, download, share, go on from it. */
import { lazy, Suspense, useState, type CSSProperties, type ReactNode } from "react";
import { Link } from "react-router";

import { usePictureUrl, useVton, type Job } from "../../api";
import { BeforeAfter } from "../../parts/BeforeAfter";
import { Button, look } from "../../parts/Button";
import { Picture } from "../../parts/Picture";
import { ProblemText } from "../../parts/Problem";
import { text } from "../../text";
import { lowered } from "./lowered";
import { Samples } from "./Samples";
import { mayMakeMore, samplesOf } from "./several";
import { Verdict } from "./Verdict";

const SizeAdvice = lazy(() => import("../../fit/SizeAdvice"));

/** A try-on in the stage: its picture takes the height that is left, what is said and done lies below or beside it. */
export const PANE = "rise flex min-w-0 grow gap-3 [flex-direction:inherit]";
export const BELOW = "below flex min-w-0 flex-col gap-3";

interface Props {
  job: Job;
  onChange?: () => void;
  onRetry?: () => void;
  onMore?: () => void;
  /** More that can be done with it. */
  children?: ReactNode;
}

export function Result({ job, onChange, onRetry, onMore, children }: Props) {
  const vton = useVton(job.vton_id);
  const [picked, setPicked] = useState<string | null>(null);
  const shown = picked ?? job.result_s3_key;
  const url = usePictureUrl(shown);
  const [problem, setProblem] = useState<unknown>(null);
  /** Of the picture, once it is there. */
  const [shape, setShape] = useState<number | null>(null);
  if (!shown) return null;
  const how = lowered(job);
  const fileName = `try-on-${job.job_id.slice(-8)}.jpg`;

  async function picture(): Promise<File> {
    const answer = await fetch(url.data ?? "");
    if (!answer.ok) throw new Error(text.result.missing);
    return new File([await answer.blob()], fileName, { type: "image/jpeg" });
  }

  async function download() {
    setProblem(null);
    try {
      // A link to another origin would open the picture instead of saving it.
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await picture());
      link.download = fileName;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      setProblem(error);
    }
  }

  async function share() {
    setProblem(null);
    try {
      await navigator.share({ files: [await picture()] });
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) setProblem(error);
    }
  }

  return (
    <article aria-label={text.job.completed} data-testid="result" data-status="completed" className={PANE}>
      <div className="frame" style={{ "--shape": shape ?? 3 / 4 } as CSSProperties}>
        <div className="framed">
          {vton.data ? (
            <BeforeAfter
              // It is beneath the result at first, and leaves the way to it free.
              before={<Picture objectKey={shape === null ? null : vton.data.user_snap_s3} alt="" className="size-full object-fill" atOnce />}
              after={<Picture objectKey={shown} alt={text.result.alt} className="block size-full" atOnce="first" onShape={setShape} />}
            />
          ) : (
            <div className="shimmer size-full rounded-2xl" />
          )}
        </div>
      </div>
      <div className={BELOW}>
      {job.preview && (
        <p data-testid="preview" className="rounded-xl bg-sunk px-4 py-2 text-sm text-soft">
          <strong className="text-ink">{text.job.preview}.</strong> {text.job.previewWhy}
        </p>
      )}
      <Samples samples={samplesOf(job)} picked={shown} onPick={setPicked} />
      <Verdict job={job} />
      {how && (
        <p className="flex flex-wrap items-center gap-2 rounded-xl bg-sunk px-4 py-2 text-sm text-warn">
          {text.job.lowered(how)}
          {onRetry && <Button onClick={onRetry}>{text.job.fullQuality}</Button>}
        </p>
      )}
      <div className="flex flex-wrap gap-2">
        <Button kind="primary" onClick={() => void download()} disabled={!url.data}>
          {text.result.download}
        </Button>
        {"share" in navigator && (
          <Button onClick={() => void share()} disabled={!url.data}>
            {text.result.share}
          </Button>
        )}
        <Link className={look()} to={`/studio?person=${encodeURIComponent(shown)}`}>
          {text.result.useAsPerson}
        </Link>
        {onMore && mayMakeMore(job) && <Button onClick={onMore}>{text.result.more}</Button>}
        {onChange && <Button onClick={onChange}>{text.job.change}</Button>}
        {children}
      </div>
      {vton.data?.garment_id && (
        <Suspense fallback={null}>
          <SizeAdvice garmentId={vton.data.garment_id} />
        </Suspense>
      )}
      <ProblemText error={problem} />
      </div>
    </article>
  );
}
