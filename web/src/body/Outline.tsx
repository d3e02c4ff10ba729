/** A body from the front as a line drawing, 120 × 260, with whatever lies on it. */
import type { ReactNode } from "react";

const OUTLINE =
  "M60 8c7 0 11 6 11 13s-4 12-6 14v5c10 3 22 4 26 12 4 10 8 34 10 52l5 34-6 2-8-34-9-34c0 12-1 22 1 32 3 14 6 22 5 40-1 22-5 40-6 58l-3 44h-10l-4-54-6-44-6 44-4 54H40l-3-44c-1-18-5-36-6-58-1-18 2-26 5-40 2-10 1-20 1-32l-9 34-8 34-6-2 5-34c2-18 6-42 10-52 4-8 16-9 26-12v-5c-2-2-6-7-6-14S53 8 60 8";

export function Outline({ children, className = "" }: { children?: ReactNode; className?: string }) {
  return (
    <svg aria-hidden viewBox="0 0 120 260" className={className}>
      <path d={OUTLINE} fill="var(--sunk)" stroke="var(--soft)" strokeWidth={1.5} strokeLinejoin="round" />
      {children}
    </svg>
  );
}
