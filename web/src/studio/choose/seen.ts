/** What this device sees in the chosen photos before any of them goes up, in the words that the server has for it. */
import { useQuery } from "@tanstack/react-query";

import type { PhotoIssue } from "../../api";
import type { Seen } from "../../mirror/pose/seen";
import { text } from "../../text";
import type { Chosen } from "./chosen";

type Code = keyof typeof text.findings.here;

/** Who asked for little data gets no model; the server looks in any case. */
const savesData = () => (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;

function useSeen(chosen: Chosen | null): Seen | undefined {
  const own = chosen?.from === "file" && !chosen.sample && chosen.sha256 ? chosen : null;
  return useQuery({
    queryKey: ["seen", own?.sha256],
    enabled: own !== null && !savesData(),
    // The model comes with the first photo, and to nobody who chooses none.
    queryFn: async () => (await import("../../mirror/pose/people")).lookHere(own!.blob),
    networkMode: "always", // the model may be here already
    staleTime: Infinity,
    retry: false,
  }).data;
}

/** Codes for the person's and the garment's photo. */
export function codesOf(person: Seen | undefined, garment: Seen | undefined): { person: Code[]; garment: Code[] } {
  const worn = garment !== undefined && garment.people !== "none";
  if (person?.people === "none") return { person: [worn ? "photos_swapped" : "person_not_found"], garment: worn ? ["garment_worn"] : [] };
  const found: Code[] = [];
  if (person?.people === "several") found.push("several_people");
  if (person?.far) found.push("person_too_small");
  return { person: found, garment: worn ? ["garment_worn"] : [] };
}

export function useSeenHere(person: Chosen | null, garment: Chosen | null): { person: PhotoIssue[]; garment: PhotoIssue[] } {
  const codes = codesOf(useSeen(person), useSeen(garment));
  const issues = (found: Code[]) => found.map((code) => ({ code, ...text.findings.here[code] }));
  return { person: issues(codes.person), garment: issues(codes.garment) };
}
