/** Tells screen readers how jobs go, on whatever page they are. */
import { useCallback, useState } from "react";

import { useEvents, type JobEvent } from "../../api";
import { text } from "../../text";

export function Announcer() {
  const [said, say] = useState("");
  useEvents(
    useCallback((event: JobEvent) => {
      if (event.type !== "status") return;
      const kind = event.job_type === "tailor" ? `${text.clean.title}: ` : "";
      say(`${kind}${text.job[event.status]}${event.error ? `. ${event.error.message}` : ""}`);
    }, []),
  );
  return (
    <div role="status" aria-live="polite" className="sr-only" data-testid="announcer">
      {said}
    </div>
  );
}
