/** Several results side by side, at one height. */
import type { Vton } from "../api";
import { Dialog } from "../parts/Dialog";
import { Picture } from "../parts/Picture";
import { text } from "../text";

export function Compare({ vtons, onClose }: { vtons: Vton[]; onClose: () => void }) {
  return (
    <Dialog title={text.history.compareTitle} onClose={onClose} wide>
      {/* Scrolled with the keyboard too, so it takes the focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className="flex snap-x gap-4 overflow-x-auto pb-2" tabIndex={0} aria-label={text.history.compareTitle}>
        {vtons.map((vton) => (
          <li key={vton.id} className="relative shrink-0 snap-center">
            <Picture objectKey={vton.result_s3} alt={text.result.alt} className="h-[65dvh] min-w-48 rounded-2xl object-contain" />
            <span className="absolute right-2 bottom-2 block size-20 overflow-hidden rounded-lg border-2 border-white bg-white shadow">
              <Picture objectKey={vton.cleaned_outfit_s3 ?? vton.uncleaned_outfit_s3} alt={text.studio.garment} className="size-full object-contain" />
            </span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
