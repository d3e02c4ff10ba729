/** The mirror itself: camera frame and garment painted together, both flipped, so that prints can be read. */
import { useEffect, useRef, useState, type RefObject } from "react";

import { usePictureUrl } from "../api";
import type { Anchors } from "../clean/anchors";
import { ProgressBar } from "../parts/ProgressBar";
import { mirrorText } from "./text";
import { coach, type Coaching } from "./coach";
import { GarmentMesh, type MeshHandle } from "./GarmentMesh";
import type { WornGarment } from "./garments";
import { usePose, type Frame } from "./pose/usePose";
import { mesh } from "./warp";

/** With ?probe the page writes down what it sees, for tests. */
const PROBE = new URLSearchParams(location.search).has("probe");

interface Props {
  video: RefObject<HTMLVideoElement | null>;
  garment: WornGarment;
  onBody: (body: Anchors | null) => void;
  onFail: () => void;
}

export function Stage({ video, garment, onBody, onFail }: Props) {
  const stored = usePictureUrl("key" in garment.source ? garment.source.key : null);
  const url = "cutout" in garment.source ? garment.source.cutout : stored.data;
  const frame = useRef<HTMLCanvasElement>(null);
  const handle = useRef<MeshHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const [advice, setAdvice] = useState<Coaching>("absent");
  const [aspect, setAspect] = useState(4 / 3);
  const [missing, setMissing] = useState<string | null>(null); // the URL of a garment that did not load
  const naked = stored.isError || (missing !== null && missing === url);

  function show({ bitmap, body: found, elbows }: Frame) {
    const canvas = frame.current;
    if (!canvas) return bitmap.close();
    const ratio = bitmap.width / bitmap.height;
    if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
      canvas.width = bitmap.width;
      canvas.height = bitmap.height;
      setAspect(ratio);
    }
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0);
    bitmap.close();
    const vertices = found && mesh(garment.anchors, found, ratio);
    handle.current?.draw(vertices);
    onBody(found);
    setAdvice(coach(found, elbows));
    if (PROBE && box.current) {
      box.current.dataset.body = JSON.stringify(found);
      box.current.dataset.mesh = JSON.stringify(vertices);
    }
  }

  const pose = usePose(video, true, show);
  const failed = pose.at === "failed";
  useEffect(() => {
    if (failed) onFail();
  }, [failed, onFail]);
  return (
    <div className="flex flex-col gap-3">
      {/* As large as leaves the buttons below it in view. */}
      <div
        ref={box}
        data-testid="mirror"
        data-state={pose.at}
        className="relative mx-auto w-full overflow-hidden rounded-3xl bg-black"
        style={{ aspectRatio: aspect, maxWidth: `max(16rem, (100dvh - 22rem) * ${aspect})`, transform: "scaleX(-1)" }}
      >
        <canvas ref={frame} className="absolute inset-0 size-full" aria-hidden />
        {url && <GarmentMesh key={url} url={url} ref={handle} onFail={() => setMissing(url)} />}
        {pose.at === "loading" && (
          <div className="absolute inset-0 flex -scale-x-100 flex-col items-center justify-center gap-4 p-8 text-white">
            <p role="status">{mirrorText.loading}</p>
            <div className="w-64">
              <ProgressBar label={mirrorText.loading} value={pose.fraction} />
            </div>
          </div>
        )}
      </div>
      <p role="status" aria-live="polite" data-testid="coach" className="min-h-6 text-center font-semibold">
        {pose.at !== "ready" ? "" : naked ? mirrorText.noGarment : mirrorText.coach[advice]}
      </p>
    </div>
  );
}
