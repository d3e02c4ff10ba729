import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useNavigate } from "react-router";

import { useSomebody } from "../api";
import { Button } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { keyOf, type Chosen } from "../studio/choose/chosen";
import { PicturePicker } from "../studio/choose/PicturePicker";
import { partOf } from "./classes";
import { Facts, factsOf } from "./Facts";
import { useAddGarment } from "./garments";
import { wardrobeText } from "./text";

/** A picture, a name, a class and what it is made of; its chart comes next. */
export function AddGarment() {
  const [picture, setPicture] = useState<Chosen | null>(null);
  const somebody = useSomebody();
  const navigate = useNavigate();
  const add = useAddGarment();
  const keep = useMutation({
    mutationFn: async (form: FormData) => {
      const user = await somebody();
      const key = await keyOf(picture as Chosen, user.id, () => undefined);
      const facts = factsOf(form);
      return add.mutateAsync({ ...facts, picture_keys: [key], part: partOf(facts.garment_class) });
    },
    onSuccess: (made) => void navigate(`/wardrobe/${made.id}`),
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    keep.mutate(new FormData(event.currentTarget));
  }

  return (
    <form aria-label={wardrobeText.add} className="grid gap-6 rounded-3xl border border-line bg-card p-6 sm:grid-cols-2" onSubmit={submit}>
      <PicturePicker kind="garment" chosen={picture} takesPaste onChoose={setPicture} />
      <div className="flex flex-col gap-4">
        <Facts garment={null} />
        <Button kind="primary" type="submit" disabled={picture === null || keep.isPending}>
          {wardrobeText.save}
        </Button>
        <ProblemText error={keep.error} />
      </div>
    </form>
  );
}
