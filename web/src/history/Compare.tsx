/** Several results side by side: at one height, or on a phone two in a row. */
import type { Vton } from "../api";
import { Dialog } from "../parts/Dialog";
import { Picture } from "../parts/Picture";
import { text } from "../text";

export function Compare({ vtons, onClose }: { vtons: Vton[]; onClose: () => void }) {
  return (
    <Dialog title={text.history.compareTitle} onClose={onClose} wide>
      {/* Scrolled with the keyboard too, so it takes the focus. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <ul className="grid grid-cols-2 gap-3 pb-2 md:flex md:snap-x md:gap-4 md:overflow-x-auto" tabIndex={0} aria-label={text.history.compareTitle}>
        {vtons.map((vton) => (
          <li key={vton.id} className="relative md:shrink-0 md:snap-center">
            <Picture objectKey={vton.result_s3} alt={text.result.alt} className="rounded-2xl object-contain max-md:aspect-[3/4] max-md:w-full max-md:bg-sunk md:h-[65dvh] md:min-w-48" />
            <span className="absolute right-2 bottom-2 block size-10 overflow-hidden rounded-lg border-2 border-white bg-white shadow md:size-20">
              <Picture objectKey={vton.cleaned_outfit_s3 ?? vton.uncleaned_outfit_s3} alt={text.studio.garment} className="size-full object-contain" />
            </span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
