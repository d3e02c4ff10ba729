/** A garment by the address in a shop's link: fetched by this browser where the shop lets it, else by the gateway. */
import { answer, client, type GarmentPart } from "../../api";
import { PictureProblem } from "../../pictures";
import { choose, type Chosen } from "./chosen";

/** `/studio?garment=https://…&part=upper&title=…` */
export interface Linked {
  url: string;
  part: GarmentPart;
  title: string | null;
}

const PARTS: readonly string[] = ["upper", "lower", "overall"] satisfies GarmentPart[];

/** Null where no garment is named by its address. */
export function linkedIn(params: URLSearchParams): Linked | null {
  const url = params.get("garment") ?? "";
  if (!/^https?:\/\//i.test(url)) return null;
  const part = params.get("part") ?? "";
  return { url, part: PARTS.includes(part) ? (part as GarmentPart) : "upper", title: params.get("title")?.trim().slice(0, 80) || null };
}

/** `beSomebody` is called when the gateway has to fetch it, which it does for users alone. Throws PictureProblem, Problem. */
export async function chooseLinked({ url, part, title }: Linked, beSomebody: () => Promise<unknown>): Promise<Chosen> {
  const known = { part, ...(title ? { title } : {}) };
  const name = title ?? decodeURIComponent(new URL(url).pathname.split("/").pop() ?? "");
  // The page's policy names the shop's origin, which it knows from this address; and it names no plain http.
  const picture = url.startsWith("https:") ? await fetch(url, { credentials: "omit", referrerPolicy: "no-referrer" }).catch(() => null) : null;
  if (picture?.ok)
    try {
      return { ...(await choose(await picture.blob(), "garment", name)), ...known };
    } catch (error) {
      // Some shops answer other pages with a page.
      if (!(error instanceof PictureProblem) || error.code !== "not_a_picture") throw error;
    }
  await beSomebody();
  const { key } = await answer(client.POST("/images/fetch", { body: { url } }));
  return { from: "store", key, ...known };
}
