import { useState } from "react";
import { useLocation, useNavigate } from "react-router";

import { useSignIn } from "../api";
import { Button } from "../parts/Button";
import { ProblemText } from "../parts/Problem";
import { ForgotLink } from "../parts/SiteLinks";
import { accountText } from "./text";
import { Field } from "./Field";

/** Both forms; after either one the visitor is back where they came from. */
export function SignIn({ start = "login" }: { start?: "login" | "signup" }) {
  const [kind, setKind] = useState<"login" | "signup">(start);
  const signIn = useSignIn(kind);
  const navigate = useNavigate();
  const back = (useLocation().state as { back?: string } | null)?.back ?? "/studio";
  const up = kind === "signup";
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const entry = (name: string) => String(form.get(name) ?? "");
        signIn.mutate(
          { email: entry("email"), password: entry("password"), name: entry("name") },
          { onSuccess: () => void navigate(back) },
        );
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
      <Button
        kind="quiet"
        onClick={() => {
          signIn.reset();
          setKind(up ? "login" : "signup");
        }}
      >
        {up ? accountText.toSignIn : accountText.toSignUp}
      </Button>
    </form>
  );
}
