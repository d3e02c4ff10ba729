/** What a visitor sees before their own first result: what this does. */
import { BeforeAfter } from "../parts/BeforeAfter";
import { Button } from "../parts/Button";
import { text } from "../text";

export function Example({ onTry }: { onTry: (() => void) | null }) {
  return (
    <aside aria-label={text.studio.sample} className="flex flex-col gap-4">
      <div className="mx-auto w-full max-w-md">
        <BeforeAfter
          start={52}
          before={<img src="/samples/people/mei.jpg" alt="" className="size-full object-fill" />}
          after={<img src="/example.jpg" alt={text.studio.example} width={600} height={800} className="block w-full" />}
        />
        <p className="mt-2 text-xs text-soft">{text.studio.example}</p>
      </div>
      {onTry && (
        <Button className="hidden self-center lg:inline-flex" onClick={onTry}>
          {text.studio.sample} <span aria-hidden>→</span>
        </Button>
      )}
    </aside>
  );
}
