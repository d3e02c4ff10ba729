/** A garment on the camera's picture, live; and one tap to a real try-on of that moment. */
import { lazy, Suspense, useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { Link, useNavigate } from "react-router";

import { keepJob, startTryOn, useSession, useSite, useSomebody } from "../api";
import { useQueryClient } from "@tanstack/react-query";
import type { Anchors } from "../clean/anchors";
import { Button } from "../parts/Button";
import { Picture } from "../parts/Picture";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import { useTitle } from "../parts/page/title";
import { JobCard } from "../studio/progress/JobCard";
import { choose, chooseSample, keyOf } from "../studio/choose/chosen";
import { text } from "../text";
import { cameraText } from "../camera/text";
import { mirrorText } from "./text";
import { hasWebGl, NoCamera, openCamera, snap, type CameraProblem } from "../camera/camera";
import { SAMPLE_GARMENTS, useGarments, type WornGarment } from "./garments";

// The 3D library is large: it comes once the camera is there, not before.
const loadStage = () => import("./Stage");
const Stage = lazy(async () => ({ default: (await loadStage()).Stage }));

type Phase = { at: "intro" } | { at: "asking" } | { at: "live" } | { at: "problem"; code: CameraProblem };
type Shot = { at: "sending" } | { at: "job"; jobId: string } | { at: "problem"; error: unknown };

/** Whether these megabytes may cost money; asked once. */
function metered(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean; type?: string } };
  return Boolean(connection?.saveData) || connection?.type === "cellular";
}

const never = () => () => undefined;

export default function MirrorPage() {
  useTitle(text.nav.mirror);
  const counted = useSyncExternalStore(never, metered, () => false);
  const [phase, setPhase] = useState<Phase>({ at: "intro" });
  const [shot, setShot] = useState<Shot | null>(null);
  const garments = useGarments();
  const [worn, setWorn] = useState<WornGarment>(SAMPLE_GARMENTS[0] as WornGarment);
  const video = useRef<HTMLVideoElement>(null);
  const stream = useRef<MediaStream | null>(null);
  const body = useRef<Anchors | null>(null);
  const somebody = useSomebody();
  const session = useSession();
  const site = useSite();
  const queries = useQueryClient();
  const navigate = useNavigate();

  useEffect(
    () => () => {
      stream.current?.getTracks().forEach((track) => track.stop());
      stream.current = null;
    },
    [],
  );

  async function begin() {
    if (!hasWebGl()) return setPhase({ at: "problem", code: "webgl" });
    setPhase({ at: "asking" });
    try {
      const opened = await openCamera();
      void loadStage();
      stream.current = opened;
      opened.getVideoTracks().forEach((track) => {
        track.onended = () => setPhase({ at: "problem", code: "absent" }); // unplugged, or no longer allowed
      });
      const element = video.current;
      if (!element) return opened.getTracks().forEach((track) => track.stop());
      element.srcObject = opened;
      await element.play();
      setPhase({ at: "live" });
    } catch (error) {
      setPhase({ at: "problem", code: error instanceof NoCamera ? error.code : "busy" });
    }
  }

  async function take() {
    if (!video.current) return;
    if (!session.data && !site.data?.guests) return void navigate("/account", { state: { back: "/mirror" } });
    setShot({ at: "sending" });
    const pose = body.current;
    try {
      const frame = await snap(video.current);
      const user = await somebody();
      const nothing = () => undefined;
      const person = await choose(frame, "person", "snap.jpg");
      const garment = "sample" in worn.source ? await chooseSample(worn.source.sample, "garment") : ({ from: "store", key: worn.source.key } as const);
      const [personKey, garmentKey] = await Promise.all([keyOf(person, user.id, nothing), keyOf(garment, user.id, nothing)]);
      const job = await startTryOn({ personKey, garmentKey, options: { garment: worn.part, ...(pose ? { pose } : {}) } });
      keepJob(queries, job);
      setShot({ at: "job", jobId: job.job_id });
    } catch (error) {
      setShot({ at: "problem", error });
    }
  }

  const remember = useCallback((seen: Anchors | null) => {
    body.current = seen;
  }, []);
  const close = useCallback(() => {
    stream.current?.getTracks().forEach((track) => track.stop());
    stream.current = null;
    if (video.current) video.current.srcObject = null;
  }, []);
  const stop = useCallback(() => {
    close();
    setPhase({ at: "intro" });
  }, [close]);
  const fail = useCallback(() => {
    close(); // the camera's light goes out
    setPhase({ at: "problem", code: "model" });
  }, [close]);
  const live = phase.at === "live";
  return (
    <div className="flex flex-col gap-6 pt-2">
      <div>
        <h1>{text.nav.mirror}</h1>
        <p className="mt-2 max-w-xl text-soft">{mirrorText.lead}</p>
      </div>
      {/* The camera plays here unseen; what is seen is the analysed frame. */}
      {/* It has a size: browsers may stop a video that takes no place. */}
      <video ref={video} playsInline muted aria-hidden tabIndex={-1} className="pointer-events-none fixed bottom-0 left-0 size-px opacity-0" />
      <div className="grid gap-8 lg:grid-cols-[3fr_2fr]">
        <div className="flex flex-col gap-4">
          {live ? (
            <Suspense fallback={<Spinner label={mirrorText.loading} />}>
              <Stage video={video} garment={worn} onBody={remember} onFail={fail} />
            </Suspense>
          ) : phase.at === "problem" ? (
            <div role="alert" data-testid="mirror-problem" data-code={phase.code} className="flex flex-col items-start gap-4 rounded-3xl border border-line bg-card p-8">
              <p className="text-lg">{cameraText.problem[phase.code]}</p>
              {phase.code !== "webgl" && phase.code !== "insecure" && <Button onClick={() => void begin()}>{text.job.retry}</Button>}
            </div>
          ) : (
            <div className="flex aspect-[4/3] flex-col items-center justify-center gap-5 rounded-3xl border-2 border-dashed border-line bg-card p-8 text-center">
              <p className="max-w-md text-soft">{mirrorText.privacy}</p>
              <Button kind="primary" disabled={phase.at === "asking"} onClick={() => void begin()}>
                {phase.at === "asking" ? mirrorText.asking : counted ? mirrorText.startMetered : mirrorText.start}
              </Button>
              <p className="text-xs text-soft">{counted ? mirrorText.metered : mirrorText.size}</p>
            </div>
          )}
          {live && (
            <div className="flex gap-3">
              <Button kind="primary" className="min-h-13 flex-1 text-base" disabled={shot?.at === "sending"} onClick={() => void take()}>
                {shot?.at === "sending" ? text.studio.going : mirrorText.snap}
              </Button>
              <Button className="min-h-13" onClick={stop}>
                {mirrorText.stop}
              </Button>
            </div>
          )}
        </div>
        <div className="flex flex-col gap-6">
          <div role="group" aria-label={text.studio.garment} className="grid grid-cols-4 gap-2 sm:grid-cols-[repeat(auto-fill,6rem)] sm:gap-3">
            {garments.map((garment) => (
              <button
                key={garment.id}
                type="button"
                aria-pressed={worn.id === garment.id}
                onClick={() => setWorn(garment)}
                className="group flex flex-col items-center gap-1 text-center text-sm"
              >
                <span className="checkerboard block aspect-square w-full max-w-20 overflow-hidden rounded-2xl border-2 border-line p-1 group-aria-pressed:border-accent group-aria-pressed:ring-2 group-aria-pressed:ring-accent">
                {"cutout" in garment.source ? (
                  <img src={garment.source.small} alt="" width={72} height={72} className="size-full object-contain" />
                ) : (
                  <Picture objectKey={garment.source.key} alt="" className="size-full object-contain" />
                )}
                </span>
                <span className="line-clamp-2 group-aria-pressed:font-semibold">{garment.name}</span>
              </button>
            ))}
            <Link to="/studio" aria-describedby="add-hint" className="flex flex-col items-center gap-1 text-center text-sm">
              <span aria-hidden className="flex aspect-square w-full max-w-20 items-center justify-center rounded-2xl border-2 border-dashed border-line text-3xl text-accent">
                +
              </span>
              {mirrorText.add}
            </Link>
            <p id="add-hint" className="col-span-full text-sm text-soft">
              {mirrorText.addHint}
            </p>
          </div>
          {shot?.at === "problem" && <ProblemText error={shot.error} />}
          {shot?.at === "job" && (
            <div className="flex min-h-[80dvh] flex-col">
              <JobCard jobId={shot.jobId} uploading={null} preview={null} onRetry={() => void take()} onChange={() => setShot(null)} />
            </div>
          )}
        </div>
      </div>
    </div>
  );
}
