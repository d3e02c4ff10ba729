/** What is wrong with a chosen photo and what to do about it: as this device sees it at once, then as the server does. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { checkPhoto, useSession, type GarmentPart, type PhotoIssue } from "../../api";
import type { PhotoAdvice } from "../../pictures";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import { keyOf, type Chosen } from "./chosen";

/** What this device has said of a file already, in its own words. */
const SAID_HERE: Record<string, PhotoAdvice["code"]> = { photo_dark: "dark", photo_bright: "bright", photo_blurred: "blurry", photo_small: "small" };

interface Props {
  kind: "person" | "garment";
  chosen: Chosen;
  part: GarmentPart;
  /** What this device sees in it. */
  here: PhotoIssue[];
  /** A try-on was made of it already, which was judged itself: nothing is sent only to be looked at. */
  tried: boolean;
  /** Hears which part a garment is for, where the server is sure of it. */
  onPart?: (part: GarmentPart) => void;
}

/** From which confidence a part is believed: the server's own measure for a doubt about the one that was chosen. */
const SURE = 0.8;

export function Findings({ kind, chosen, part, here, tried, onPart }: Props) {
  const user = useSession().data;
  const [borne, setBorne] = useState<string | null>(null);
  const which = chosen.from === "store" ? chosen.key : chosen.sha256;
  const found = useQuery({
    queryKey: ["findings", user?.id, which, kind, part],
    // Nothing leaves this device for somebody who is nobody yet.
    enabled: user != null && which !== "" && !tried,
    queryFn: async () => checkPhoto(await keyOf(chosen, user?.id ?? "", () => undefined), kind, part),
    staleTime: Infinity,
    retry: false, // the try-on itself says the same later
  });
  const garment = found.data?.garment;
  const sure = garment?.part && !garment.worn && garment.part_confidence >= SURE ? garment.part : null;
  useEffect(() => {
    if (sure) onPart?.(sure);
    // What is heard is the same, whoever hears it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [sure, which]);
  const advised = chosen.from === "file" ? chosen.advice.map(({ code }) => code) : [];
  // The server's word counts, once it is there.
  const issues = (found.data?.issues ?? here).filter(({ code, severity }) => severity !== "info" && !advised.some((said) => said === SAID_HERE[code]));
  if (borne === which) return null;
  if (!issues.length) return found.isFetching ? <p className="text-sm text-soft">{text.findings.looking}</p> : null;
  return (
    <div data-testid={`${kind}-findings`} role="status" className="flex flex-col gap-2 rounded-xl bg-sunk px-4 py-3 text-sm">
      <ul className="flex flex-col gap-1">
        {issues.map((issue) => (
          <Finding key={issue.code} issue={issue} />
        ))}
      </ul>
      <Button kind="quiet" className="self-start" onClick={() => setBorne(which)}>
        {text.findings.anyway}
      </Button>
    </div>
  );
}

function Finding({ issue }: { issue: PhotoIssue }) {
  return (
    <li className={issue.severity === "block" ? "text-bad" : "text-warn"}>
      <strong>{issue.message}</strong> {issue.cure}
    </li>
  );
}
