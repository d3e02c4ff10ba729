/** Every garment with the state of its chart. */
import { useState } from "react";
import { Link } from "react-router";

import { useSession } from "../api";
import { Button } from "../parts/Button";
import { Picture } from "../parts/Picture";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import { useTitle } from "../parts/page/title";
import { AddGarment } from "./AddGarment";
import { chartState, useGarments } from "./garments";
import { wardrobeText } from "./text";

export default function WardrobePage() {
  useTitle(wardrobeText.title);
  const session = useSession();
  const garments = useGarments(session.data != null);
  const [adding, setAdding] = useState(false);
  const items = garments.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="flex flex-col gap-6 pt-4">
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div>
          <h1>{wardrobeText.title}</h1>
          <p className="mt-2 text-soft">{wardrobeText.lead}</p>
        </div>
        {session.data && !adding && (
          <Button kind="primary" onClick={() => setAdding(true)}>
            {wardrobeText.add}
          </Button>
        )}
      </div>
      {session.data === null && (
        <p>
          <Link to="/account" state={{ back: "/wardrobe" }} className="underline">
            {wardrobeText.signIn}
          </Link>
        </p>
      )}
      {adding && <AddGarment />}
      <ProblemText error={garments.error} />
      {session.data && garments.isPending && <Spinner />}
      {garments.data && items.length === 0 && !adding && <p className="text-soft">{wardrobeText.empty}</p>}
      <ul className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-4">
        {items.map((garment) => (
          <li key={garment.id}>
            <Link to={`/wardrobe/${garment.id}`} className="flex flex-col overflow-hidden rounded-3xl border border-line bg-card" data-testid="garment-card">
              <Picture objectKey={garment.picture_keys[0]} alt="" className="aspect-[4/5] w-full object-cover" />
              <span className="flex flex-col gap-1 p-3">
                <span className="font-semibold">{garment.title ?? wardrobeText.untitled}</span>
                <span className={`text-sm ${chartState(garment) === "confirmed" ? "text-good" : "text-soft"}`}>{wardrobeText.state[chartState(garment)]}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {garments.hasNextPage && (
        <Button className="self-center" onClick={() => void garments.fetchNextPage()} disabled={garments.isFetchingNextPage}>
          {wardrobeText.more}
        </Button>
      )}
    </div>
  );
}
