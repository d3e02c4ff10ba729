/** What stands around the routes, in the browser and where pages are made beforehand: both make the same markup of it. */
import { IsRestoringProvider, QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { startTransition, StrictMode, useState, type ReactNode } from "react";

import { App } from "./App";

export function Page({ queries, router }: { queries: QueryClient; router: (app: ReactNode) => ReactNode }) {
  // Nothing is asked before the whole page is taken over: an answer in between would make another page than the one made.
  const [awake, setAwake] = useState(false);
  return (
    <StrictMode>
      <QueryClientProvider client={queries}>
        <IsRestoringProvider value={!awake}>{router(<App onAwake={() => startTransition(() => setAwake(true))} />)}</IsRestoringProvider>
      </QueryClientProvider>
    </StrictMode>
  );
}
