/** A photo by the camera of a laptop, or of whatever else has no camera app to hand over to. */
import { useEffect, useRef, useState } from "react";

import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { NoCamera, openCamera, snap, type CameraProblem } from "./camera";
import { cameraText } from "./text";

interface Props {
  onTake: (photo: File) => void;
  onClose: () => void;
}

export function CameraDialog({ onTake, onClose }: Props) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<CameraProblem | null>(null);
  const [ready, setReady] = useState(false);
  const [turn, setTurn] = useState(0);
  /** Seconds until the photo is taken; null when nobody waits for it. */
  const [left, setLeft] = useState<number | null>(null);

  useEffect(() => {
    let over = false;
    let stream: MediaStream | null = null;
    const stop = () => stream?.getTracks().forEach((track) => track.stop());
    openCamera()
      .then(async (opened) => {
        stream = opened;
        const element = video.current;
        if (over || !element) return stop();
        element.srcObject = opened;
        await element.play();
        if (!over) setReady(true);
      })
      .catch((error: unknown) => {
        if (!over) setProblem(error instanceof NoCamera ? error.code : "busy");
      });
    return () => {
      over = true;
      stop();
    };
  }, [turn]);

  async function take() {
    if (!video.current) return;
    onTake(new File([await snap(video.current)], "photo.jpg", { type: "image/jpeg" }));
    onClose();
  }

  const taking = useRef(take);
  useEffect(() => {
    taking.current = take;
  });
  useEffect(() => {
    if (left === null) return;
    const timer = setTimeout(() => (left > 1 ? setLeft(left - 1) : void taking.current()), 1000);
    return () => clearTimeout(timer);
  }, [left]);

  return (
    <Dialog title={cameraText.title} onClose={onClose} wide>
      {problem ? (
        <div role="alert" data-testid="camera-problem" data-code={problem} className="flex flex-col items-start gap-4">
          <p>{cameraText.problem[problem]}</p>
          {problem !== "insecure" && (
            <Button
              onClick={() => {
                setProblem(null);
                setTurn(turn + 1);
              }}
            >
              {cameraText.again}
            </Button>
          )}
        </div>
      ) : (
        <div className="flex flex-col gap-3">
          <div className="relative">
            {/* As in a mirror; the photo is not turned. */}
            <video ref={video} playsInline muted className="h-[55dvh] w-full -scale-x-100 rounded-2xl bg-sunk object-contain" />
            {left !== null && (
              <p role="status" className="absolute inset-0 m-auto h-fit text-center font-display text-6xl text-white [text-shadow:0_0_12px_#000]">
                {cameraText.countdown(left)}
              </p>
            )}
          </div>
          <p className="text-sm text-soft">{ready ? cameraText.hint : cameraText.asking}</p>
          <div className="flex flex-wrap gap-2">
            <Button kind="primary" disabled={!ready} onClick={() => void take()}>
              {cameraText.take}
            </Button>
            <Button disabled={!ready || left !== null} onClick={() => setLeft(5)}>
              {cameraText.later}
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
