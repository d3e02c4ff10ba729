import { QueryClient } from "@tanstack/react-query";
import { startTransition } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";

import { askEarly, Problem } from "./api";
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
const [, tried] = /^\/try\/([\w-]+)$/.exec(location.pathname) ?? [];
if (tried) askEarly(tried);
applyTheme(storedTheme());
readBrand();
const root = document.getElementById("root");
const page = <Page queries={queries} router={(app) => <BrowserRouter>{app}</BrowserRouter>} />;
// In small pieces, between which the page goes on being painted.
if (root?.firstElementChild) startTransition(() => void hydrateRoot(root, page));
else if (root) createRoot(root).render(page);
