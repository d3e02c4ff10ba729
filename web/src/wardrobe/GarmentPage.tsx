/** One garment: what it is, its chart, and which size of it fits. */
import type { FormEvent } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { look, Button } from "../parts/Button";
import { useNotice } from "../parts/page/notices";
import { useTitle } from "../parts/page/title";
import { Picture } from "../parts/Picture";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import SizeAdvice from "../fit/SizeAdvice";
import { ChartPart } from "./ChartPart";
import { partOf } from "./classes";
import { Facts, factsOf } from "./Facts";
import { useChangeGarment, useGarment, useRemoveGarment, type Garment } from "./garments";
import { wardrobeText } from "./text";

export default function GarmentPage() {
  const { id = "" } = useParams();
  const garment = useGarment(id);
  useTitle(garment.data?.title ?? wardrobeText.untitled);
  return (
    <div className="flex flex-col gap-6 pt-4">
      <Link to="/wardrobe" className="text-sm underline">
        {wardrobeText.back}
      </Link>
      {garment.isPending && <Spinner />}
      <ProblemText error={garment.error} />
      {garment.data && <Whole key={garment.data.id} garment={garment.data} />}
    </div>
  );
}

function Whole({ garment }: { garment: Garment }) {
  const change = useChangeGarment(garment.id);
  const remove = useRemoveGarment();
  const notice = useNotice();
  const navigate = useNavigate();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const facts = factsOf(new FormData(event.currentTarget));
    change.mutate({ ...facts, part: partOf(facts.garment_class) }, { onSuccess: () => notice({ message: wardrobeText.saved }) });
  }

  return (
    <>
      <h1>{garment.title ?? wardrobeText.untitled}</h1>
      <div className="grid gap-6 md:grid-cols-[1fr_2fr]">
        <div className="flex flex-col gap-4">
          <Picture objectKey={garment.picture_keys[0]} alt={garment.title ?? wardrobeText.untitled} className="max-h-96 rounded-3xl border border-line object-contain" />
          <Link to={`/studio?garment=${garment.id}`} className={look("primary")}>
            {wardrobeText.tryOn}
          </Link>
          <form className="flex flex-col gap-4" onSubmit={submit} aria-label={wardrobeText.class}>
            <Facts garment={garment} />
            <div className="flex flex-wrap gap-2">
              <Button type="submit" disabled={change.isPending}>
                {wardrobeText.save}
              </Button>
              <Button
                kind="danger"
                disabled={remove.isPending}
                onClick={() =>
                  remove.mutate(garment.id, {
                    onSuccess: () => {
                      notice({ message: wardrobeText.removed });
                      void navigate("/wardrobe");
                    },
                  })
                }
              >
                {wardrobeText.remove}
              </Button>
            </div>
            <ProblemText error={change.error ?? remove.error} />
          </form>
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <ChartPart garment={garment} />
          {garment.chart_confirmed && <SizeAdvice garmentId={garment.id} />}
        </div>
      </div>
    </>
  );
}
