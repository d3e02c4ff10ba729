import { Link } from "react-router";

import { text } from "../../text";
import { look } from "../Button";
import { useTitle } from "./title";

export function NotFound() {
  useTitle(text.error.notFound);
  return (
    <div className="py-20 text-center">
      <h1 className="mb-6">{text.error.notFound}</h1>
      <Link className={look("primary")} to="/studio">
        {text.error.home}
      </Link>
    </div>
  );
}
