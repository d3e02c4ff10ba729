/** The form of a body's measures, with a drawing of where the tape goes. */
import { Link } from "react-router";

import { useSession } from "../api";
import { ProblemText } from "../parts/Problem";
import { Spinner } from "../parts/Spinner";
import { useTitle } from "../parts/page/title";
import { useBody } from "./body";
import { BodyForm } from "./BodyForm";
import { bodyText } from "./text";

export default function BodyPage() {
  useTitle(bodyText.title);
  const session = useSession();
  const body = useBody(session.data != null);
  return (
    <div className="mx-auto flex max-w-3xl flex-col gap-6 pt-4">
      <div>
        <h1>{bodyText.title}</h1>
        <p className="mt-2 text-soft">{bodyText.lead}</p>
      </div>
      {session.data === null && (
        <p>
          <Link to="/account" state={{ back: "/body" }} className="underline">
            {bodyText.signIn}
          </Link>
        </p>
      )}
      {session.data && body.isPending && <Spinner />}
      <ProblemText error={body.error} />
      {body.data && <BodyForm body={body.data} />}
    </div>
  );
}
