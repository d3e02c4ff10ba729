import { useState } from "react";

import { usePictureUrl } from "../api";
import { editorText } from "./text";

/** The chart's picture, with a frame around where the cell in focus was read. */
export function ChartPicture({ objectKey, box }: { objectKey: string; box: readonly number[] | null }) {
  const url = usePictureUrl(objectKey);
  const [size, setSize] = useState<[number, number] | null>(null);
  const [left = 0, top = 0, right = 0, bottom = 0] = box ?? [];
  return (
    <div className="relative self-start overflow-hidden rounded-xl border border-line">
      {url.data && (
        <img src={url.data} alt={editorText.picture} className="block w-full" onLoad={(event) => setSize([event.currentTarget.naturalWidth, event.currentTarget.naturalHeight])} />
      )}
      {box && size && (
        <svg aria-hidden viewBox={`0 0 ${size[0]} ${size[1]}`} className="absolute inset-0 size-full">
          <rect x={left} y={top} width={right - left} height={bottom - top} fill="none" stroke="var(--accent)" strokeWidth={Math.max(2, size[0] / 200)} />
        </svg>
      )}
    </div>
  );
}
