/** Tells screen readers how jobs go, on whatever page they are. */
import { useCallback } from "react";

import { useEvents, type JobEvent } from "../../api";
import { stageName } from "../../stage";
import { text } from "../../text";
import { announce, useAnnounced } from "./announce";

export function Announcer() {
  useEvents(
    useCallback((event: JobEvent) => {
      if (event.type !== "status") return;
      const kind = event.job_type === "tailor" ? `${text.clean.title}: ` : "";
      announce(`${kind}${stageName(event)}`);
    }, []),
  );
  return (
    <div role="status" aria-live="polite" className="sr-only" data-testid="announcer">
      {useAnnounced()}
    </div>
  );
}
