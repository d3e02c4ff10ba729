import { useState } from "react";
import { useLocation, useNavigate } from "react-router";

import { useSession, useSignIn, type Credentials } from "../api";
import { Button } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { ForgotLink } from "../parts/SiteLinks";
import { accountText } from "./text";
import { Field } from "./Field";
import { LeaveGuest } from "./LeaveGuest";

/** Both forms; after either one the visitor is back where they came from. */
export function SignIn({ start = "login" }: { start?: "login" | "signup" }) {
  const [kind, setKind] = useState<"login" | "signup">(start);
  const signIn = useSignIn(kind);
  const navigate = useNavigate();
  const back = (useLocation().state as { back?: string } | null)?.back ?? "/studio";
  const up = kind === "signup";
  const guest = useSession().data?.guest === true;
  /** Of the account that is asked for by a guest, until they say that they leave. */
  const [other, setOther] = useState<Credentials | null>(null);
  const enter = (credentials: Credentials) => signIn.mutate(credentials, { onSuccess: () => void navigate(back) });
  function change() {
    signIn.reset();
    setKind(up ? "login" : "signup");
  }
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const entry = (name: string) => String(form.get(name) ?? "");
        const credentials = { email: entry("email"), password: entry("password"), name: entry("name") };
        if (guest && !up) setOther(credentials);
        else enter(credentials);
      }}
    >
      <h1>{up ? accountText.signUp : accountText.signIn}</h1>
      {up && <Field label={accountText.nameOptional} name="name" autoComplete="name" maxLength={100} />}
      <Field label={accountText.email} name="email" type="email" autoComplete="email" required />
      <Field
        label={accountText.password}
        name="password"
        type="password"
        autoComplete={up ? "new-password" : "current-password"}
        required
        minLength={up ? 8 : 1}
        maxLength={128}
        {...(up ? { hint: accountText.passwordHint } : {})}
      />
      {!up && <ForgotLink />}
      <ProblemText error={signIn.error} />
      <Button kind="primary" type="submit" disabled={signIn.isPending}>
        {up ? accountText.signUp : accountText.signIn}
      </Button>
      <Button kind="quiet" onClick={change}>
        {up ? accountText.toSignIn : accountText.toSignUp}
      </Button>
      {other && (
        <LeaveGuest
          onClose={() => setOther(null)}
          onKeep={() => {
            setOther(null);
            change();
          }}
          onLeave={() => {
            setOther(null);
            enter(other);
          }}
        />
      )}
    </form>
  );
}
