/** Tells screen readers how jobs go, on whatever page they are. */
import { useCallback } from "react";

import { useEvents, type JobEvent } from "../../api";
import { stageName } from "../../stage";
import { text } from "../../text";
import { announce, useAnnounced } from "./announce";

export function Announcer() {
  useEvents(
    useCallback((event: JobEvent) => {
      // Looking at a photo, or at a chart, is told where it was asked for.
      if (event.type !== "status" || !event.vton_id) return;
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
