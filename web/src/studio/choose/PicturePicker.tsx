/** One place for a picture: drop, paste, file, camera or a sample; any format a phone or laptop holds. */
import { lazy, Suspense, useEffect, useId, useRef, useState, type DragEvent, type ReactNode } from "react";

import { Button } from "../../parts/Button";
import { Icon } from "../../parts/icons";
import { Picture } from "../../parts/Picture";
import { PictureProblem } from "../../pictures";
import { pictureProblem, text } from "../../text";
import { choose, chooseSample, SAMPLES, type Chosen } from "./chosen";

const CameraDialog = lazy(async () => ({ default: (await import("../../camera/CameraDialog")).CameraDialog }));

/** Whether the device has an app for its camera, which is better than a page's: phones and tablets do. */
const hasCameraApp = () => matchMedia("(pointer: coarse)").matches;

interface Props {
  kind: "person" | "garment";
  chosen: Chosen | null;
  /** Whether it takes what is pasted while neither picker has the focus. */
  takesPaste: boolean;
  /** The object key of what was cut out of it, and is used instead. */
  cutOut?: string | null;
  onChoose: (chosen: Chosen, sample?: string) => void;
  /** What is to be chosen at once: a page that was opened with it asks for that. */
  incoming?: (() => Promise<Chosen>) | null;
  /** More to say of what is chosen. */
  children?: ReactNode;
}

const ACCEPT = "image/*,.heic,.heif,.avif";

const pasted = (data: DataTransfer | null) => [...(data?.files ?? [])].find((file) => file.type.startsWith("image/"));

export function PicturePicker({ kind, chosen, takesPaste, cutOut = null, onChoose, incoming = null, children }: Props) {
  const file = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const [working, setWorking] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [posing, setPosing] = useState(false);
  const turn = useRef(0);
  const id = useId();

  async function take(make: () => Promise<Chosen>, sample?: string) {
    const own = ++turn.current;
    setWorking(true);
    setProblem(null);
    try {
      const made = await make();
      if (own === turn.current) onChoose(made, sample);
    } catch (error) {
      if (own === turn.current) setProblem(error instanceof PictureProblem ? pictureProblem(error.code) : (error as Error).message);
    } finally {
      if (own === turn.current) setWorking(false);
    }
  }

  const takeFile = (picked: File | null | undefined) => {
    if (picked) void take(() => choose(picked, kind, picked.name));
  };

  useEffect(() => {
    // eslint-disable-next-line react-hooks/set-state-in-effect -- it comes from outside, at a time of its own
    if (incoming) void take(incoming);
  }, [incoming]); // eslint-disable-line react-hooks/exhaustive-deps -- once for each that comes

  const latest = useRef(takeFile);
  useEffect(() => {
    latest.current = takeFile;
  });
  useEffect(() => {
    if (!takesPaste) return;
    const paste = (event: ClipboardEvent) => {
      if (!event.defaultPrevented) latest.current(pasted(event.clipboardData));
    };
    addEventListener("paste", paste);
    return () => removeEventListener("paste", paste);
  }, [takesPaste]);

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    takeFile(event.dataTransfer.files[0]);
  }

  const label = text.studio[kind];
  // Of oneself, the photo that is taken now comes first.
  const byCameraText = kind === "person" ? text.picker.takePhoto : text.picker.camera;
  const byCamera = (
    <Button
      kind={kind === "person" ? "primary" : "quiet"}
      className="max-md:px-3"
      aria-label={`${byCameraText}: ${label}`}
      onClick={() => (hasCameraApp() ? camera.current?.click() : setPosing(true))}
    >
      {kind === "garment" && <Icon name="camera" className="size-5" />}
      {byCameraText}
    </Button>
  );
  return (
    <section
      aria-labelledby={id}
      className="flex min-w-0 flex-col gap-2"
      onPaste={(event) => {
        event.preventDefault(); // not on the page, too
        takeFile(pasted(event.clipboardData));
      }}
    >
      <h2 id={id}>
        {label}
      </h2>
      {/* Dropping is an extra: the buttons inside do the same for everyone else. */}
      <div
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
        data-testid={`${kind}-drop`}
        className={`relative flex h-[clamp(11rem,100dvh-36rem,16rem)] flex-col md:h-[clamp(12rem,100dvh-34rem,32rem)] lg:h-[clamp(12rem,100dvh-32.5rem,30rem)] items-center justify-center overflow-hidden rounded-3xl border-2 text-center transition ${
          over ? "border-accent bg-accent/10" : chosen ? "border-line bg-sunk" : "border-dashed border-line bg-card"
        }`}
      >
        {working ? (
          <p role="status" className="flex flex-col items-center gap-3 p-4 text-soft">
            <span aria-hidden className="size-6 animate-spin rounded-full border-2 border-line border-t-accent" />
            {text.picker.working}
          </p>
        ) : chosen ? (
          <>
            {cutOut ? (
              <Picture objectKey={cutOut} alt={`${label}: ${text.clean.title}`} className="checkerboard size-full object-contain" />
            ) : chosen.from === "file" ? (
              <img src={chosen.preview} alt={`${label}: ${chosen.name}`} className="size-full object-contain" />
            ) : (
              <Picture objectKey={chosen.key} alt={label} className="size-full object-contain" />
            )}
            <Button className="absolute right-2 bottom-2 shadow" aria-label={`${text.picker.change}: ${label}`} onClick={() => file.current?.click()}>
              {text.picker.change}
            </Button>
          </>
        ) : (
          <div className="flex max-w-full flex-col items-center gap-3 p-3">
            <Icon name={kind === "person" ? "camera" : "upload"} className="size-8 text-accent" />
            <p className="hidden max-w-48 text-sm text-soft md:block [@media(height<54rem)]:hidden">{text.picker.drop}</p>
            <div className="flex flex-wrap justify-center gap-2">
              {kind === "person" && byCamera}
              <Button className="max-md:px-2" aria-label={`${text.picker.choose}: ${label}`} onClick={() => file.current?.click()}>
                {text.picker.choose}
              </Button>
              {kind === "garment" && byCamera}
            </div>
            <p className="hidden max-w-60 text-xs text-soft md:block">{kind === "person" ? text.picker.personTips : text.picker.garmentTips}</p>
          </div>
        )}
        <input ref={file} type="file" accept={ACCEPT} className="hidden" aria-label={`${label}: ${text.picker.choose}`} data-testid={`${kind}-file`} onChange={(event) => {
          takeFile(event.target.files?.[0]);
          event.target.value = "";
        }} />
        <input ref={camera} type="file" accept="image/*" capture={kind === "person" ? "user" : "environment"} className="hidden" aria-label={`${label}: ${text.picker.camera}`} onChange={(event) => {
          takeFile(event.target.files?.[0]);
          event.target.value = "";
        }} />
      </div>
      {posing && (
        <Suspense fallback={null}>
          <CameraDialog onTake={takeFile} onClose={() => setPosing(false)} />
        </Suspense>
      )}
      {problem && (
        <p role="alert" className="rounded-xl border border-bad/40 bg-bad/10 px-4 py-3 text-sm text-bad">
          {problem}
        </p>
      )}
      {chosen?.from === "file" && chosen.advice.length > 0 && (
        <ul className="flex flex-col gap-1 rounded-xl bg-sunk px-4 py-3 text-sm">
          {chosen.advice.map((advice) => (
            <li key={advice.code} className={advice.level === "warn" ? "text-warn" : "text-soft"}>
              {text.advice[advice.code]}
            </li>
          ))}
        </ul>
      )}
      {children}
      <div role="group" aria-label={`${label}: ${text.picker.samples}`} className="-m-1 flex gap-2 overflow-x-auto p-1 [scrollbar-width:none]">
        {SAMPLES[kind].map((path) => (
          <button
            key={path}
            type="button"
            title={text.samples[path]}
            onClick={() => void take(() => chooseSample(path, kind), path)}
            className="size-12 shrink-0 overflow-hidden rounded-xl border border-line bg-card transition hover:scale-105 sm:size-14"
          >
            <img src={`/samples/thumbs/${path.replace(".jpg", ".webp")}`} width={56} height={56} alt={text.samples[path]} className="size-full object-cover object-top" />
          </button>
        ))}
      </div>
    </section>
  );
}
