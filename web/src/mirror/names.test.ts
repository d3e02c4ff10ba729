import { expect, it } from "vitest";

import { namedApart } from "./names";

it("numbers what has a name that another has", () => {
  const named = ["T-shirt", "Striped top", "Striped top", "Cut-out", "Striped top"].map((name) => ({ name }));
  expect(namedApart(named).map(({ name }) => name)).toEqual(["T-shirt", "Striped top", "Striped top 2", "Cut-out", "Striped top 3"]);
});
