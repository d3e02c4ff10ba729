/** What stands around the routes, in the browser and where pages are made beforehand: both make the same markup of it. */
import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { StrictMode, type ReactNode } from "react";

import { App } from "./App";

export function Page({ queries, router }: { queries: QueryClient; router: (app: ReactNode) => ReactNode }) {
  return (
    <StrictMode>
      <QueryClientProvider client={queries}>{router(<App />)}</QueryClientProvider>
    </StrictMode>
  );
}
