import { Link, useLocation } from "react-router";

import { NOT_SIGNED_IN, Problem } from "../api";
import { text } from "../text";

/** What went wrong, in the gateway's own words; with the way to sign in, where that is what is missing. */
export function ProblemText({ error }: { error: unknown }) {
  const { pathname } = useLocation();
  if (!error) return null;
  return (
    <p role="alert" className="rounded-xl border border-bad/40 bg-bad/10 px-4 py-3 text-sm text-bad">
      {error instanceof Error ? error.message : String(error)}
      {error instanceof Problem && error.code === NOT_SIGNED_IN && (
        <Link to="/account" state={{ back: pathname }} className="ml-2 font-semibold underline">
          {text.nav.signIn}
        </Link>
      )}
    </p>
  );
}
