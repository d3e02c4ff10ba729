/** The object store's addresses, and whether the page's own policy is too old to know one. */

const origins = new Set<string>();

/** A presigned URL that the gateway gave. */
export function noteStore(url: string): void {
  origins.add(new URL(url).origin);
}

/** Hear once when the page may not reach the store that its gateway names now. Returns how to stop. */
export function onOlderPage(listener: () => void): () => void {
  const blocked = ({ blockedURI }: SecurityPolicyViolationEvent) => {
    if (!URL.canParse(blockedURI) || !origins.has(new URL(blockedURI).origin)) return; // an extension's, say
    removeEventListener("securitypolicyviolation", blocked);
    listener();
  };
  addEventListener("securitypolicyviolation", blocked);
  return () => removeEventListener("securitypolicyviolation", blocked);
}
