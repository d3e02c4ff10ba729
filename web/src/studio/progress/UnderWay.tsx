/** What is still under way, from whatever page or tab it was begun. */
import { Link } from "react-router";

import { useSession, useVtons } from "../../api";
import { look } from "../../parts/Button";
import { text } from "../../text";

/** `shown` is the try-on that is on screen already. */
export function UnderWay({ shown }: { shown: string | null }) {
  const session = useSession();
  const vtons = useVtons(session.data != null);
  const moving = (vtons.data?.pages.flatMap((page) => page.items) ?? []).filter(
    (vton) => ["queued", "running"].includes(vton.status) && vton.id !== shown,
  );
  const [first] = moving;
  if (!first) return null;
  return (
    <Link to={moving.length === 1 ? `/try/${first.id}` : "/history?show=active"} className={`${look()} self-start`}>
      <span aria-hidden className="size-3 animate-pulse rounded-full bg-accent" />
      {text.studio.underWay(moving.length)} <span aria-hidden>→</span>
    </Link>
  );
}
