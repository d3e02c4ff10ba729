import { QueryClient } from "@tanstack/react-query";
import { createRoot, hydrateRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";

import { Problem } from "./api";
import { Page } from "./Page";
import { readBrand } from "./parts/page/brand";
import { applyTheme, storedTheme } from "./parts/page/theme";
import "./theme.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A 4xx says the same the second time.
      retry: (count, error) => count < 3 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
    },
  },
});

// The studio is the site's first page, by its own address.
if (location.pathname === "/") history.replaceState(null, "", `/studio${location.search}`);
applyTheme(storedTheme());
readBrand();
const root = document.getElementById("root");
const page = <Page queries={queries} router={(app) => <BrowserRouter>{app}</BrowserRouter>} />;
if (root?.firstElementChild) hydrateRoot(root, page);
else if (root) createRoot(root).render(page);
