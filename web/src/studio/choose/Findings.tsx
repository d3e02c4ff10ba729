/** What the server sees in a chosen photo, while it goes up: what is wrong with it and what to do about it. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { checkPhoto, useSession, type GarmentPart, type PhotoIssue } from "../../api";
import type { Advice } from "../../pictures";
import { Button } from "../../parts/Button";
import { text } from "../../text";
import { keyOf, type Chosen } from "./chosen";

/** What this device has said of a file already, in its own words. */
const SAID_HERE: Record<string, Advice["code"]> = { photo_dark: "dark", photo_bright: "bright", photo_blurred: "blurry", photo_small: "small" };

interface Props {
  kind: "person" | "garment";
  chosen: Chosen;
  part: GarmentPart;
}

export function Findings({ kind, chosen, part }: Props) {
  const user = useSession().data;
  const [borne, setBorne] = useState<string | null>(null);
  const which = chosen.from === "store" ? chosen.key : chosen.sha256;
  const found = useQuery({
    queryKey: ["findings", user?.id, which, kind, part],
    // Nothing leaves this device for somebody who is nobody yet.
    enabled: user != null && which !== "",
    queryFn: async () => checkPhoto(await keyOf(chosen, user?.id ?? "", () => undefined), kind, part),
    staleTime: Infinity,
    retry: false, // the try-on itself says the same later
  });
  const here = chosen.from === "file" ? chosen.advice.map(({ code }) => code) : [];
  const issues = (found.data ?? []).filter(({ code, severity }) => severity !== "info" && !here.some((said) => said === SAID_HERE[code]));
  if (found.isFetching) return <p className="text-sm text-soft">{text.findings.looking}</p>;
  if (!issues.length || borne === which) return null;
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
