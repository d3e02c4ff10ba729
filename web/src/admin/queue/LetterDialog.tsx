/** One dead letter, whole: its history, and the message that it holds. */
import { Dialog } from "../../parts/Dialog";
import { ProblemText } from "../../parts/Problem";
import { Spinner } from "../../parts/Spinner";
import { adminText } from "../text";
import { useLetter } from "../operations";

export function LetterDialog({ number, onClose }: { number: number; onClose: () => void }) {
  const letter = useLetter(number);
  const { payload, ...history } = letter.data ?? { payload: "" };
  return (
    <Dialog title={adminText.letters.dialog(number)} onClose={onClose} wide>
      {letter.isPending && <Spinner />}
      <ProblemText error={letter.error} />
      {letter.data && (
        <div className="flex flex-col gap-4">
          <Json title={adminText.letters.history} value={JSON.stringify(history, null, 2)} />
          <Json title={adminText.letters.message} value={pretty(payload)} />
        </div>
      )}
    </Dialog>
  );
}

function Json({ title, value }: { title: string; value: string }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1 text-sm font-semibold">{title}</h3>
      {/* Scrolled with the keyboard too, so it takes the focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} className="max-h-[45dvh] overflow-auto rounded-xl bg-sunk p-4 text-xs">
        {value}
      </pre>
    </section>
  );
}

/** JSON with its lines; what is none, as it came. */
function pretty(payload: string): string {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
