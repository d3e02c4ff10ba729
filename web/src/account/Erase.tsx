import { useNavigate } from "react-router";

import { useErase, type User } from "../api";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Dialog";
import { useNotice } from "../parts/page/notices";
import { ProblemText } from "../parts/Problem";
import { Field } from "./Field";

interface Props {
  user: User;
  words: { erase: string; eraseLead: string; eraseConfirm: string; erased: string; keepIt: string; currentPassword: string };
  onClose: () => void;
}

/** Asks an account's owner for the password; a guest has none. */
export function Erase({ user, words, onClose }: Props) {
  const erase = useErase();
  const notice = useNotice();
  const navigate = useNavigate();
  return (
    <Dialog title={words.erase} onClose={onClose}>
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          const password = new FormData(event.currentTarget).get("password");
          erase.mutate(typeof password === "string" ? password : null, {
            onSuccess: () => {
              notice({ message: words.erased });
              void navigate("/studio");
            },
          });
        }}
      >
        <p>{words.eraseLead}</p>
        {!user.guest && (
          <Field label={words.currentPassword} name="password" type="password" autoComplete="current-password" required maxLength={128} />
        )}
        <ProblemText error={erase.error} />
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>{words.keepIt}</Button>
          <Button kind="danger" type="submit" disabled={erase.isPending}>
            {words.eraseConfirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
