/** The place in the queue or the step, and the time that is left, counting down. */
import { useEffect, useState } from "react";

import type { Job } from "../../api";
import { stepName } from "../../stage";
import { text } from "../../text";
import { follow, fromProgress, secondsLeft, type Countdown } from "./countdown";

export function Expectation({ job }: { job: Job }) {
  const [now, setNow] = useState(() => Date.now());
  const [shown, setShown] = useState<Countdown | null>(null);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const running = job.status === "running";
  const { eta_seconds: eta, progress, started_at: started } = job;
  useEffect(() => {
    const at = Date.now();
    const told = running && started ? fromProgress(progress, (at - Date.parse(started)) / 1000) : eta;
    // eslint-disable-next-line react-hooks/set-state-in-effect -- what is told comes from outside, at a time of its own
    if (told !== null) setShown((old) => follow(old, told, at));
  }, [running, eta, progress, started]);
  const parts = [];
  if (!running && job.queue_position !== null) parts.push(text.job.position(job.queue_position, job.queue_length ?? null));
  const step = stepName(job);
  if (step) parts.push(step);
  else if (running && progress > 0 && !job.steps) parts.push(`${Math.round(100 * progress)} %`);
  if (shown) parts.push(text.job.eta(secondsLeft(shown, Math.max(now, shown.at))));
  if (!parts.length) return null;
  return (
    <p className="text-sm" data-testid="expectation">
      {parts.join(", ")}
      {shown?.longer && ` (${running ? text.job.slower : text.job.busier})`}
    </p>
  );
}
