/** A picture from the object store; keeps what it shows while its URL is renewed, and says when it cannot. */
import { useState } from "react";

import { usePictureUrl } from "../api";
import { text } from "../text";
import { Button } from "./Button";

export function Picture({ objectKey, alt, className = "" }: { objectKey: string | null | undefined; alt: string; className?: string }) {
  const url = usePictureUrl(objectKey);
  const [broken, setBroken] = useState<string | null>(null);
  if (url.isError || (broken !== null && broken === url.data))
    return (
      <span className={`flex flex-col items-center justify-center gap-2 bg-sunk p-3 text-center text-sm text-soft ${className}`}>
        {text.result.missing}
        <Button kind="quiet" onClick={() => void url.refetch()}>
          {text.result.reload}
        </Button>
      </span>
    );
  if (!url.data) return <span className={`shimmer block ${className}`} />;
  return (
    <img
      src={url.data}
      alt={alt}
      crossOrigin="anonymous"
      loading="lazy"
      decoding="async"
      className={className}
      onError={() => setBroken(url.data)}
    />
  );
}
