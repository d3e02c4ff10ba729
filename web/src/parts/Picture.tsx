/** A picture from the object store; keeps what it shows while its URL is renewed, and says when it cannot. */
import { useEffect, useState } from "react";

import { usePictureUrl } from "../api";
import { text } from "../text";
import { Button } from "./Button";

interface Props {
  objectKey: string | null | undefined;
  alt: string;
  className?: string;
  /** Loaded now, not once it is scrolled to; "first" before all others. */
  atOnce?: boolean | "first";
  /** Told the picture's width over its height. */
  onShape?: (shape: number) => void;
}

export function Picture({ objectKey, alt, className = "", atOnce = false, onShape }: Props) {
  const url = usePictureUrl(objectKey);
  const [broken, setBroken] = useState<string | null>(null);
  const lost = url.isError || (broken !== null && broken === url.data);
  const [looks, setLooks] = useState(0);
  const { refetch } = url;
  useEffect(() => {
    if (!lost) return;
    // A store that was away comes back: the message stays until the picture is there.
    const timer = setTimeout(() => {
      void refetch().then(({ data }) => {
        const again = () => setLooks(looks + 1);
        if (!data) return again();
        const image = new Image();
        image.crossOrigin = "anonymous";
        image.onload = () => {
          setBroken(null);
          setLooks(0);
        };
        image.onerror = () => {
          setBroken(data);
          again();
        };
        image.src = data;
      });
    }, Math.min(30_000, 1000 * 2 ** looks));
    return () => clearTimeout(timer);
  }, [lost, looks, refetch]);
  if (lost)
    return (
      <span className={`flex flex-col items-center justify-center gap-2 bg-sunk p-3 text-center text-sm text-soft ${className}`}>
        {text.result.missing}
        <Button
          kind="quiet"
          className="pointer-events-auto relative z-10 underline"
          onClick={() => {
            setBroken(null);
            void url.refetch();
          }}
        >
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
      loading={atOnce ? "eager" : "lazy"}
      fetchPriority={atOnce === "first" ? "high" : "auto"}
      decoding="async"
      className={className}
      onLoad={({ currentTarget: image }) => onShape?.(image.naturalWidth / image.naturalHeight)}
      onError={() => setBroken(url.data)}
    />
  );
}
