/** One WebSocket that stays: after a loss it comes back and asks for what was missed. */
import type { JobEvent } from "./types.js";

/**
 * Hear every event of the caller's jobs until what is returned is called. `token` fetches one for each socket;
 * `moved` is told whether events arrive by themselves right now.
 */
export function follow(
  url: string | URL,
  token: () => Promise<string>,
  heard: (event: JobEvent) => void,
  moved: (up: boolean) => void = () => undefined,
): () => void {
  let since: number | null = null;
  let attempt = 0;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let over = false;

  async function open(): Promise<void> {
    try {
      const address = new URL("/ws", url);
      address.protocol = address.protocol.replace("http", "ws");
      address.searchParams.set("token", await token());
      if (since !== null) address.searchParams.set("since", String(since));
      if (over) return;
      socket = new WebSocket(address);
    } catch {
      again();
      return;
    }
    socket.onopen = () => {
      attempt = 0;
      moved(true);
    };
    socket.onmessage = (message: MessageEvent<string>) => {
      const event = JSON.parse(message.data) as JobEvent;
      if (event.seq != null) since = event.seq;
      heard(event);
    };
    socket.onclose = again;
  }

  function again(): void {
    if (over) return;
    moved(false);
    // Full jitter, so that the clients of a restarted gateway do not all come back in the same instant.
    const wait = Math.random() * Math.min(15_000, 500 * 2 ** attempt++) + 200;
    timer = setTimeout(() => void open(), wait);
  }

  void open();
  return () => {
    over = true;
    clearTimeout(timer);
    socket?.close();
    moved(false);
  };
}
