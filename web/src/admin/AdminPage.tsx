/** Who may see the operator's page, and who is told that there is none. */
import { Navigate } from "react-router";

import { useSession } from "../api";
import { NotFound } from "../parts/page/NotFound";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import { useTitle } from "../parts/page/title";
import { adminText } from "./text";
import { Board } from "./Board";

export default function AdminPage() {
  const session = useSession();
  useTitle(adminText.title);
  if (session.isPending) return <Spinner />;
  if (session.data?.admin) return <Board />;
  if (session.data) return <NotFound />;
  if (session.error) return <ProblemText error={session.error} />;
  return <Navigate to="/account" replace state={{ back: "/admin" }} />;
}
