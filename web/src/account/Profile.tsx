import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { Link, useNavigate } from "react-router";

import { answer, client, SESSION, useSignOut, type User } from "../api";
import { Button, look } from "../parts/Button";
import { useNotice } from "../parts/page/notices";
import { ProblemText } from "../parts/Problem";
import { accountText } from "./text";
import { Erase } from "./Erase";
import { Field } from "./Field";
import { SignIn } from "./SignIn";

type Change = { name?: string; password?: string; current_password?: string };

export function Profile({ user }: { user: User }) {
  const queries = useQueryClient();
  const notice = useNotice();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const [erasing, setErasing] = useState(false);
  const [keeping, setKeeping] = useState(false);
  const update = useMutation({
    mutationFn: (body: Change) => answer(client.PUT("/user", { body })),
    onSuccess: (changed, body) => {
      queries.setQueryData(SESSION, changed);
      notice({ message: body.password ? accountText.passwordChanged : accountText.saved });
    },
  });

  function submit(event: FormEvent<HTMLFormElement>, ...names: (keyof Change)[]) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    update.mutate(Object.fromEntries(names.map((name) => [name, String(data.get(name) ?? "")])), {
      onSuccess: () => {
        if (names.includes("password")) form.reset();
      },
    });
  }

  if (user.guest && keeping) return <SignIn start="signup" />;
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <div>
          <h1>{user.guest ? accountText.guest : accountText.title}</h1>
          <p className="mt-1 text-soft">
            {user.guest ? accountText.guestHint : `${user.email} · ${accountText.since(new Date(user.created_at).toLocaleDateString())}`}
          </p>
        </div>
        {!user.guest && (
          <Button onClick={() => signOut.mutate(undefined, { onSuccess: () => void navigate("/studio") })}>{accountText.signOut}</Button>
        )}
      </div>
      {user.guest ? (
        <Button kind="primary" onClick={() => setKeeping(true)}>
          {accountText.keep}
        </Button>
      ) : (
        <>
          <form className="flex flex-col gap-4 rounded-3xl border border-line bg-card p-6" onSubmit={(event) => submit(event, "name")}>
            <Field label={accountText.name} name="name" defaultValue={user.name ?? ""} autoComplete="name" maxLength={100} />
            <Button type="submit" disabled={update.isPending}>
              {accountText.save}
            </Button>
          </form>
          <form className="flex flex-col gap-4 rounded-3xl border border-line bg-card p-6" onSubmit={(event) => submit(event, "password", "current_password")}>
            <input type="hidden" autoComplete="username" value={user.email ?? ""} readOnly />
            <Field label={accountText.currentPassword} name="current_password" type="password" autoComplete="current-password" required maxLength={128} />
            <Field label={accountText.newPassword} name="password" type="password" autoComplete="new-password" required minLength={8} maxLength={128} hint={accountText.passwordHint} />
            <Button type="submit" disabled={update.isPending}>
              {accountText.changePassword}
            </Button>
          </form>
        </>
      )}
      <Link to="/body" className={`self-start ${look()}`}>
        {accountText.measures}
      </Link>
      <ProblemText error={update.error ?? signOut.error} />
      <section className="flex flex-col items-start gap-3 rounded-3xl border border-bad/40 p-6">
        <h2>{accountText.erase}</h2>
        <p className="text-sm text-soft">{accountText.eraseLead}</p>
        <Button kind="danger" onClick={() => setErasing(true)}>
          {accountText.erase}
        </Button>
      </section>
      {erasing && <Erase user={user} words={accountText} onClose={() => setErasing(false)} />}
    </>
  );
}
