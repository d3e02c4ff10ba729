/** The gateway's own pages: the operator's words, and a forgotten password. */
export function SiteLinks() {
  return (
    <>
      <a href="/site/privacy" className="underline">
        Privacy
      </a>
      <a href="/site/terms" className="underline">
        Terms
      </a>
    </>
  );
}

export function ForgotLink() {
  return (
    <a href="/site/forgot" className="self-start text-sm underline">
      Forgot your password?
    </a>
  );
}
