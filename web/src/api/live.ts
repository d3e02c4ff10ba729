/** One WebSocket for the page: events go into the query cache, what was missed is asked for on the way back. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
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
    return follow(queries);
  }, [queries, userId]);
}

function follow(queries: QueryClient): () => void {
  let since: number | null = null;
  let attempt = 0;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  async function open(): Promise<void> {
    try {
      const { token } = await answer(client.GET("/user/ws-token"));
      if (over) return;
      const url = new URL("/ws", location.href);
      url.protocol = url.protocol.replace("http", "ws");
      url.searchParams.set("token", token);
      if (since !== null) url.searchParams.set("since", String(since));
      socket = new WebSocket(url);
    } catch {
      again();
      return;
    }
    socket.onopen = () => {
      attempt = 0;
      setUp(true);
      // Between the page's reads and this moment something may have changed.
      void queries.invalidateQueries({ predicate: (query) => ["job", "vton", "vtons"].includes(String(query.queryKey[0])) });
    };
    socket.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as JobEvent;
      if (event.seq != null) since = event.seq;
      applyEvent(queries, event);
      for (const listener of heard) listener(event);
    };
    socket.onclose = again;
  }

  function again(): void {
    setUp(false);
    if (over) return;
    // Full jitter, so that the tabs of a restarted gateway do not all come back in the same instant.
    const wait = Math.random() * Math.min(15_000, 500 * 2 ** attempt++) + 200;
    timer = setTimeout(() => void open(), wait);
  }

  void open();
  return () => {
    over = true;
    clearTimeout(timer);
    socket?.close();
    setUp(false);
  };
}
