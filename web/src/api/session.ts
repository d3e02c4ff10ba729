/** Who is signed in, and signing in and out. */
import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { answer, client, onSignedOut, Problem, type User } from "./client";

export const SESSION = ["session"] as const;

export interface SiteConfig {
  guests: boolean;
  /** Whether a garment may be fetched from its address. */
  fetch_pictures: boolean;
  /** `logo` is its address, `style` the rules of its colours, where there are any. */
  brand: { name: string; logo: string | null; style: string };
  /** Whether this browser holds what a session needs; without it nobody is signed in. */
  cookies: boolean;
}

/** While it is asked for, all who ask wait for the same answer. */
let asking: Promise<SiteConfig> | null = null;

function readSite(): Promise<SiteConfig> {
  asking ??= fetch("/config.json")
    .then((answer) => answer.json() as Promise<SiteConfig>)
    .finally(() => (asking = null));
  return asking;
}

/** What the operator allows, read once. */
export function useSite() {
  return useQuery({
    queryKey: ["config"],
    queryFn: readSite,
    staleTime: Infinity,
  });
}

export async function readSession(): Promise<User | null> {
  try {
    // Asking for nobody is answered 401, which browsers write on the console as an error.
    if ((await readSite().catch(() => null))?.cookies === false) return null;
    return await answer(client.GET("/user"));
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return null;
    throw error;
  }
}

/** The signed-in user; null when nobody is. */
export function useSession() {
  return useQuery({ queryKey: SESSION, queryFn: readSession, staleTime: 5 * 60_000, retry: 1 });
}

export interface Credentials {
  email: string;
  password: string;
  name?: string;
}

export function useSignIn(kind: "login" | "signup") {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ email, password, name }: Credentials): Promise<User> =>
      kind === "login"
        ? answer(client.POST("/user/login", { body: { email, password } }))
        : answer(client.POST("/user/signup", { body: { email, password, ...(name ? { name } : {}) } })),
    onSuccess: (user) => become(queries, user),
  });
}

/** Sign out here and forget everything that was shown. */
export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => answer(client.POST("/user/logout")),
    onSettled: () => become(queries, null),
  });
}

/** Erase the account: with its password, or a guest's with none. */
export function useErase() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (password: string | null) => answer(client.DELETE("/user", { body: { password } })),
    onSuccess: () => become(queries, null),
  });
}

/** Tabs of one browser tell each other that somebody else is signed in now, or nobody. */
const tabs = new BroadcastChannel("session");

/** Nothing that the one before was shown stays behind, in any tab. */
function become(queries: QueryClient, user: User | null): void {
  show(queries, user);
  tabs.postMessage(null);
}

function show(queries: QueryClient, user: User | null): void {
  // The session's own query is kept: the page watches it.
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== "config" && queryKey[0] !== SESSION[0] });
  queries.setQueryData(SESSION, user);
}

/** A guest whose session ended goes on as another one; null while none does. */
let renewal: Promise<User | null> | null = null;

async function newGuest(queries: QueryClient): Promise<User | null> {
  const guest = await answer(client.POST("/user/guest")).catch(() => null);
  become(queries, guest);
  return guest;
}

/** The session ends here once the gateway says so to anything that is asked, or once another tab says so. */
export function useSessionEnds(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stop = onSignedOut(() => {
      const before = queries.getQueryData<User | null>(SESSION);
      if (before?.guest) renewal ??= newGuest(queries).finally(() => (renewal = null));
      else if (before) become(queries, null);
    });
    tabs.onmessage = async () => {
      const before = queries.getQueryData<User | null>(SESSION);
      const now = await readSession().catch(() => before);
      if (now !== undefined && now?.id !== before?.id) show(queries, now);
    };
    return () => {
      stop();
      tabs.onmessage = null;
    };
  }, [queries]);
}

/** Somebody to own the pictures: the signed-in user, else a guest where the operator allows them. */
export function useSomebody(): () => Promise<User> {
  const queries = useQueryClient();
  return async () => {
    const known = (await renewal) ?? queries.getQueryData<User | null>(SESSION) ?? (await readSession());
    if (known) return known;
    const guest = await answer(client.POST("/user/guest"));
    queries.setQueryData(SESSION, guest);
    tabs.postMessage(null);
    return guest;
  };
}
