/** A page that was opened before its server moved is told so: its own policy keeps it from the pictures. */
import { useEffect } from "react";

import { onOlderPage } from "../../api";
import { text } from "../../text";
import { useNotice } from "./notices";

export function OlderPage() {
  const notice = useNotice();
  useEffect(
    () => onOlderPage(() => notice({ message: text.error.older, action: { label: text.error.loadAnew, run: () => location.reload() }, stays: true })),
    [notice],
  );
  return null;
}
