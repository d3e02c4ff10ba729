/** Signing in and up; for those who are in, their account. */
import { useSession } from "../api";
import { Spinner } from "../parts/Spinner";
import { useTitle } from "../parts/page/title";
import { accountText } from "./text";
import { Profile } from "./Profile";
import { SignIn } from "./SignIn";

export default function AccountPage() {
  const session = useSession();
  useTitle(session.data ? accountText.title : accountText.signIn);
  if (session.isPending) return <Spinner />;
  return (
    <div className="mx-auto flex max-w-lg flex-col gap-8 pt-4">{session.data ? <Profile user={session.data} /> : <SignIn />}</div>
  );
}
