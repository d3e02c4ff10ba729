/** Who may see the operator's page, and who is told that there is none. */
import { Navigate } from "react-router";

import { useSession } from "../api";
import { NotFound } from "../parts/NotFound";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import { useTitle } from "../parts/title";
import { text } from "../text";
import { Board } from "./Board";

export default function AdminPage() {
  const session = useSession();
  useTitle(text.admin.title);
  if (session.isPending) return <Spinner />;
  if (session.data?.admin) return <Board />;
  if (session.data) return <NotFound />;
  if (session.error) return <ProblemText error={session.error} />;
  return <Navigate to="/account" replace state={{ back: "/admin" }} />;
}
