import { useState } from "react";

import { usePictureUrl } from "../api";
import { editorText } from "./text";

/** The chart's picture, with a frame around where the cell in focus was read. */
export function ChartPicture({ objectKey, box }: { objectKey: string; box: readonly [number, number, number, number] | null }) {
  const url = usePictureUrl(objectKey);
  const [size, setSize] = useState<[number, number] | null>(null);
  return (
    <div className="relative self-start overflow-hidden rounded-xl border border-line">
      {url.data && (
        <img src={url.data} alt={editorText.picture} className="block w-full" onLoad={(event) => setSize([event.currentTarget.naturalWidth, event.currentTarget.naturalHeight])} />
      )}
      {box && size && (
        <svg aria-hidden viewBox={`0 0 ${size[0]} ${size[1]}`} className="absolute inset-0 size-full">
          <rect x={box[0]} y={box[1]} width={box[2] - box[0]} height={box[3] - box[1]} fill="none" stroke="var(--accent)" strokeWidth={Math.max(2, size[0] / 200)} />
        </svg>
      )}
    </div>
  );
}
