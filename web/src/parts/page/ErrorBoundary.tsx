import { Component, type ReactNode } from "react";

import { text } from "../../text";
import { Button } from "../Button";

/** A page that broke says so and offers the way back, instead of a white screen. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  /** What broke may be what wakes the page (App.tsx). */
  override componentDidCatch() {
    document.getElementById("root")?.removeAttribute("inert");
  }

  override render() {
    if (!this.state.broken) return this.props.children;
    return (
      <div role="alert" className="py-20 text-center">
        <h1 className="mb-6">{text.error.title}</h1>
        <Button kind="primary" onClick={() => location.reload()}>
          {text.error.reload}
        </Button>
      </div>
    );
  }
}
