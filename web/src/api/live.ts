/** One WebSocket for the page: events go into the query cache, what was missed is asked for on the way back. */
import { useQueryClient } from "@tanstack/react-query";
import { follow } from "proteus-client";
import { useEffect, useSyncExternalStore } from "react";

import { answer, client, type JobEvent } from "./client";
import { applyEvent } from "./jobs";

type Listener = () => void;

const listeners = new Set<Listener>();
const heard = new Set<(event: JobEvent) => void>();
let up = false;

function setUp(next: boolean): void {
  if (up === next) return;
  up = next;
  for (const listener of listeners) listener();
}

/** Whether events arrive by themselves right now. */
export function useSocketUp(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => up,
    () => false,
  );
}

/** Hear every event while mounted. */
export function useEvents(listener: (event: JobEvent) => void): void {
  useEffect(() => {
    heard.add(listener);
    return () => {
      heard.delete(listener);
    };
  }, [listener]);
}

/** Keep a socket open for `userId`; none while it is null. */
export function useLive(userId: string | null): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (userId === null) return;
    const token = async () => (await answer(client.GET("/user/ws-token"))).token;
    const hear = (event: JobEvent) => {
      applyEvent(queries, event);
      for (const listener of heard) listener(event);
    };
    return follow(location.href, token, hear, (next) => {
      setUp(next);
      // Between the page's reads and this moment something may have changed.
      if (next) void queries.invalidateQueries({ predicate: (query) => ["job", "vton", "vtons"].includes(String(query.queryKey[0])) });
    });
  }, [queries, userId]);
}
