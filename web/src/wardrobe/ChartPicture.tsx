import { useState } from "react";

import { usePictureUrl } from "../api";
import { editorText } from "./text";

/** The chart's picture, with a frame around where the cell in focus was read: in the size that it was read at. */
export function ChartPicture({ objectKey, box, read }: { objectKey: string; box: readonly number[] | null; read: readonly number[] | null }) {
  const url = usePictureUrl(objectKey);
  const [shown, setShown] = useState<readonly number[] | null>(null);
  const [width = 0, height = 0] = read ?? shown ?? [];
  const [left = 0, top = 0, right = 0, bottom = 0] = box ?? [];
  return (
    <div className="relative self-start overflow-hidden rounded-xl border border-line">
      {url.data && (
        <img src={url.data} alt={editorText.picture} className="block w-full" onLoad={(event) => setShown([event.currentTarget.naturalWidth, event.currentTarget.naturalHeight])} />
      )}
      {box && width > 0 && (
        <svg aria-hidden viewBox={`0 0 ${width} ${height}`} className="absolute inset-0 size-full">
          <rect x={left} y={top} width={right - left} height={bottom - top} fill="none" stroke="var(--accent)" strokeWidth={Math.max(2, width / 200)} />
        </svg>
      )}
    </div>
  );
}
