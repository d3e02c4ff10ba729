import type { ButtonHTMLAttributes } from "react";

type Look = "primary" | "plain" | "quiet" | "danger";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent shadow-sm hover:brightness-110 disabled:bg-sunk disabled:text-soft disabled:shadow-none",
  plain: "border border-line bg-card text-ink hover:bg-sunk disabled:text-soft",
  quiet: "text-ink underline-offset-4 hover:bg-sunk disabled:text-soft",
  danger: "border border-bad text-bad hover:bg-bad hover:text-paper",
};

export function look(kind: Look = "plain"): string {
  return `inline-flex min-h-11 max-w-full items-center justify-center gap-2 rounded-full px-5 py-2 text-sm font-semibold transition ${LOOKS[kind]}`;
}

export function Button({ kind = "plain", className = "", ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { kind?: Look }) {
  return <button type="button" className={`${look(kind)} ${className}`} {...rest} />;
}
