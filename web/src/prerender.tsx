/** A page's first markup, made at build time: it is seen before any script has run. scripts/pages.mjs asks for it. */
import { QueryClient } from "@tanstack/react-query";
import { prerender } from "react-dom/static";
import { StaticRouter } from "react-router";

import { Page } from "./Page";

/** Before anything is known of the visitor. */
export async function markup(path: string): Promise<string> {
  const router = (app: React.ReactNode) => <StaticRouter location={path}>{app}</StaticRouter>;
  // However long a part is, it stands where it belongs: none is moved there by a script of React's.
  const { prelude } = await prerender(<Page queries={new QueryClient()} router={router} />, { progressiveChunkSize: Infinity });
  return new Response(prelude).text();
}
