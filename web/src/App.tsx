/** Routes, and what is there on every page: the header, the live socket, announcements. */
import { lazy, Suspense, useEffect, useLayoutEffect } from "react";
import { Route, Routes, useLocation, useNavigationType } from "react-router";

import { useLive, useSession, useSessionEnds } from "./api";
import { Announcer } from "./parts/page/Announcer";
import { ErrorBoundary } from "./parts/page/ErrorBoundary";
import { Footer } from "./parts/page/Footer";
import { Header } from "./parts/page/Header";
import { Notices } from "./parts/page/notices";
import { OlderPage } from "./parts/page/OlderPage";
import { NotFound } from "./parts/page/NotFound";
import { Spinner } from "./parts/Spinner";
import { useDraftOwner } from "./studio/choose/draft";
import { StudioPage } from "./studio/StudioPage";
import { text } from "./text";

const HistoryPage = lazy(() => import("./history/HistoryPage"));
const AccountPage = lazy(() => import("./account/AccountPage"));
const AdminPage = lazy(() => import("./admin/AdminPage"));
const WardrobePage = lazy(() => import("./wardrobe/WardrobePage"));
const GarmentPage = lazy(() => import("./wardrobe/GarmentPage"));
const BodyPage = lazy(() => import("./body/BodyPage"));
const MirrorPage = lazy(() => import("./mirror"));

/** A page that is gone to begins at its top; one that is gone back to is where it was left, which the browser sees to. */
function useTop(): void {
  const { pathname } = useLocation();
  const back = useNavigationType() === "POP";
  useLayoutEffect(() => {
    if (!back) scrollTo({ top: 0, behavior: "instant" });
  }, [pathname]); // eslint-disable-line react-hooks/exhaustive-deps -- the way here is of this page
}

/** Within what is awaited: from here on the page hears what is done to it. Until then it is seen only. */
function Awake({ onAwake }: { onAwake: () => void }) {
  useEffect(() => {
    document.getElementById("root")?.removeAttribute("inert");
    onAwake();
  }, []); // eslint-disable-line react-hooks/exhaustive-deps -- once
  return null;
}

export function App({ onAwake }: { onAwake: () => void }) {
  const session = useSession();
  useSessionEnds();
  useLive(session.data?.id ?? null);
  useDraftOwner(session.data);
  useTop();
  return (
    <Notices>
      <a href="#main" className="sr-only focus:not-sr-only focus:block focus:bg-card focus:p-3 focus:text-center">
        {text.skip}
      </a>
      <Header />
      <main id="main" tabIndex={-1} className="mx-auto min-h-[calc(100dvh-var(--header))] w-full max-w-7xl px-4 pt-4 pb-6 outline-none sm:px-6">
        <ErrorBoundary>
          <Suspense fallback={<Spinner />}>
            <Awake onAwake={onAwake} />
            <Routes>
              <Route path="/studio" element={<StudioPage />} />
              <Route path="/try/:id" element={<StudioPage />} />
              <Route path="/mirror" element={<MirrorPage />} />
              <Route path="/history" element={<HistoryPage />} />
              <Route path="/wardrobe" element={<WardrobePage />} />
              <Route path="/wardrobe/:id" element={<GarmentPage />} />
              <Route path="/body" element={<BodyPage />} />
              <Route path="/account" element={<AccountPage />} />
              <Route path="/admin" element={<AdminPage />} />
              <Route path="*" element={<NotFound />} />
            </Routes>
          </Suspense>
        </ErrorBoundary>
      </main>
      <Footer />
      <Announcer />
      <OlderPage />
    </Notices>
  );
}
