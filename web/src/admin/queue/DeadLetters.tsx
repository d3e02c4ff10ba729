/** Messages that were given up: why, and what to do about each. */
import { useState } from "react";

import { Button } from "../../parts/Button";
import { Dialog } from "../../parts/Dialog";
import { useNotice } from "../../parts/page/notices";
import { ProblemText } from "../../parts/Problem";
import { Spinner } from "../../parts/Spinner";
import { adminText } from "../text";
import { moment } from "../format";
import { LetterDialog } from "./LetterDialog";
import { useLetters, useSettle, type Letter } from "../operations";
import { Panel } from "../Panel";

export function DeadLetters({ count }: { count: number }) {
  const letters = useLetters(count);
  const settle = useSettle();
  const notice = useNotice();
  const [shown, setShown] = useState<number | null>(null);
  const [dropping, setDropping] = useState<number | null>(null);
  const items = letters.data?.pages.flatMap((page) => page.items) ?? [];

  function act(number: number, how: "retry" | "drop") {
    setDropping(null);
    settle.mutate({ number, how }, { onSuccess: () => notice({ message: adminText.letters[how === "retry" ? "retried" : "dropped"](number) }) });
  }

  return (
    <Panel id="dead-letters" title={adminText.letters.title} aside={adminText.letters.count(count)}>
      <div className="flex flex-col gap-3">
        <ProblemText error={settle.error ?? letters.error} />
        {letters.isPending && <Spinner />}
        {letters.data && items.length === 0 && <p className="text-sm text-soft">{adminText.letters.empty}</p>}
        <ul className="divide-y divide-line">
          {items.map((letter) => (
            <Row
              key={letter.number}
              letter={letter}
              busy={settle.isPending}
              onShow={() => setShown(letter.number)}
              onRetry={() => act(letter.number, "retry")}
              onDrop={() => setDropping(letter.number)}
            />
          ))}
        </ul>
        {letters.hasNextPage && (
          <Button className="self-start" disabled={letters.isFetchingNextPage} onClick={() => void letters.fetchNextPage()}>
            {adminText.letters.more}
          </Button>
        )}
      </div>
      {shown !== null && <LetterDialog number={shown} onClose={() => setShown(null)} />}
      {dropping !== null && (
        <Dialog title={adminText.letters.dropTitle(dropping)} onClose={() => setDropping(null)}>
          <p className="mb-6">{adminText.letters.dropLead}</p>
          <div className="flex flex-wrap justify-end gap-2">
            <Button onClick={() => setDropping(null)}>{adminText.letters.keep}</Button>
            <Button kind="danger" onClick={() => act(dropping, "drop")}>
              {adminText.letters.dropConfirm}
            </Button>
          </div>
        </Dialog>
      )}
    </Panel>
  );
}

interface RowProps {
  letter: Letter;
  busy: boolean;
  onShow: () => void;
  onRetry: () => void;
  onDrop: () => void;
}

function Row({ letter, busy, onShow, onRetry, onDrop }: RowProps) {
  const { number, at, stream, job_id, deliveries, error } = letter;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 py-3" data-testid="dead-letter">
      <div className="min-w-0 flex-1 basis-72 text-sm">
        <p>
          <span className="font-semibold tabular-nums">#{number}</span> {stream} <span className="text-soft tabular-nums">{moment(at)}</span>
        </p>
        <p className="break-words">
          <code className="text-bad">{error.code}</code> {error.message}
        </p>
        <p className="text-xs text-soft">
          <span className="break-all">{job_id ? adminText.letters.job(job_id) : adminText.letters.noJob}</span> · {adminText.letters.deliveries(deliveries)}
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button className="px-4!" aria-label={adminText.letters.showLabel(number)} onClick={onShow}>
          {adminText.letters.show}
        </Button>
        <Button className="px-4!" aria-label={adminText.letters.retryLabel(number)} disabled={busy} onClick={onRetry}>
          {adminText.letters.retry}
        </Button>
        <Button kind="danger" className="px-4!" aria-label={adminText.letters.dropLabel(number)} disabled={busy} onClick={onDrop}>
          {adminText.letters.drop}
        </Button>
      </div>
    </li>
  );
}
